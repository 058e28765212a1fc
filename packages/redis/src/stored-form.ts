import type { StoredRecord } from '@bearerkit/core'

/** The field of the hash that contains the position in the history. */
const placeField = 'm'

/** Reads records from pairs of field and value, by id. Undefined for a record that was removed or has expired. */
export function recordsIn(fields: readonly string[], now: number): [string, StoredRecord | undefined][] {
  const found: [string, StoredRecord | undefined][] = []
  for (let index = 0; index < fields.length; index += 2) {
    const [field = '', stored = ''] = fields.slice(index, index + 2)
    if (field !== placeField) found.push([field.slice(1), recordFrom(field.slice(1), stored, now)])
  }
  return found
}

function recordFrom(id: string, stored: string, now: number): StoredRecord | undefined {
  const [header = '', revision = '', ends] = /^(\S+) (\S+) /.exec(stored) ?? []
  if (header === '') return undefined
  const until = ends === '-' ? undefined : Number(ends)
  return until !== undefined && until <= now ? undefined : { id, revision, value: stored.slice(header.length), until }
}

/** The stored form of an expiry. */
export function written(until: number | undefined): string {
  return until === undefined || until === Number.POSITIVE_INFINITY ? '-' : String(until)
}

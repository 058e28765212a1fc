import { createHash } from 'node:crypto'

/** One store can hold other records beside ours. */
const kind = 'key:'

/** Leaves room for the version: an id has up to 1,024 characters. */
const longestName = 900

/** The id of the record of a version. Any kid will do, however long, and whatever is in it. */
export function recordId(kid: string, version: number): string {
  return `${kind}${familyName(kid)}.${version}`
}

/** How the ids of a key's records begin. */
export function familyName(kid: string): string {
  const name = kid.replaceAll(
    /[^\x21-\x24\x26-\x7e]/g,
    (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return name.length <= longestName ? name : `%sha256-${createHash('sha256').update(name).digest('base64url')}`
}

/** Undefined if it is not the record of a key. */
export function parseRecordId(id: string): { readonly family: string; readonly version: number } | undefined {
  const [, family, version] = /^key:(.+)\.([1-9]\d{0,14})$/.exec(id) ?? []
  return family === undefined ? undefined : { family, version: Number(version) }
}

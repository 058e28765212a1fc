import type { StoredRecord } from '../key-store.ts'
import type { History } from './history.ts'

/*
 * A snapshot is a line for its history, a line for each record, sorted by id, and a line with the number of records, which
 * shows that nothing was cut off. Each line is JSON, which contains no newline, and ends with one.
 */

export function historyLine({ place, lineage }: History): string {
  return line({ number: place.number, lineage })
}

export function recordLine({ id, revision, value, until }: StoredRecord): string {
  return line({ id, revision, value, until })
}

export function countLine(records: number): string {
  return line({ records })
}

function line(content: object): string {
  return `${JSON.stringify(content)}\n`
}

/** @throws Error if it is damaged */
export function historyIn(text: string): History {
  const { number, lineage } = JSON.parse(text) as { number: number; lineage: readonly string[] }
  const nonce = lineage.at(-1)
  if (typeof number !== 'number' || typeof nonce !== 'string') throw new Error('this is no history')
  return { place: { number, nonce }, lineage }
}

/**
 * Returns a record, or the number of records if this is the last line.
 *
 * @throws Error if it is damaged
 */
export function recordIn(text: string): StoredRecord | number {
  const read = JSON.parse(text) as Partial<StoredRecord> & { readonly records?: number }
  const { id, revision, value, until, records } = read
  if (typeof records === 'number') return records
  if (typeof id !== 'string' || typeof revision !== 'string' || typeof value !== 'string')
    throw new Error('this is no record')
  return { id, revision, value, until }
}

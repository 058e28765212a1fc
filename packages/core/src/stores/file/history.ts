import { hasEnded } from '../endings.ts'
import type { StoredRecord } from '../key-store.ts'
import { type Place, revisionOf } from '../revision.ts'

/** A change with its position. Without a value it removes the record. */
export interface Change extends Pick<StoredRecord, 'id' | 'until'> {
  readonly place: Place
  readonly value?: string | undefined
}

/** The result of all changes up to a position. */
export interface History {
  readonly place: Place
  readonly records: Map<string, StoredRecord>
  /** The nonces of the latest changes, the one of `place` last. */
  readonly lineage: readonly string[]
  /** The number of changes since the snapshot. */
  readonly changes: number
  /** The number of those that replaced or removed a record. */
  readonly replaced: number
}

/** How many nonces of past changes are kept. */
const longestLineage = 256

export function recordOf({ place, id, value, until }: Change): StoredRecord | undefined {
  return value === undefined ? undefined : { id, revision: revisionOf(place), value, until }
}

export function emptyHistory(place: Place): History {
  return { place, records: new Map(), lineage: [place.nonce], changes: 0, replaced: 0 }
}

/** Adds changes to a history. Reuses the map of records. */
export function continued(history: History, further: readonly Change[]): History {
  const { records } = history
  let { replaced } = history
  for (const change of further) {
    const record = recordOf(change)
    if (records.has(change.id)) replaced += 1
    if (record === undefined) records.delete(change.id)
    else records.set(change.id, record)
  }
  return {
    place: further.at(-1)?.place ?? history.place,
    records,
    lineage: [...history.lineage, ...further.map(({ place }) => place.nonce)].slice(-longestLineage),
    changes: history.changes + further.length,
    replaced,
  }
}

/** Returns true if a position is part of a history, or undefined if it is too old to know. */
export function contains(history: History, { number, nonce }: Place): boolean | undefined {
  const ago = history.place.number - number
  if (ago < 0) return false
  const then = history.lineage.at(-1 - ago)
  return then === undefined ? undefined : then === nonce
}

/** One line for the position, and one for each record that has not expired. */
export function writtenHistory({ place, lineage, records }: History, now: number): string {
  const lasting = [...records.values()].filter((record) => !hasEnded(record, now))
  return [{ number: place.number, lineage }, ...lasting].map((line) => JSON.stringify(line)).join('\n')
}

/** @throws Error if the text is damaged */
export function readHistory(text: string): History {
  const [first = '', ...lines] = text.split('\n')
  const { number, lineage } = JSON.parse(first) as { number: number; lineage: string[] }
  const records = lines.map((line) => JSON.parse(line) as StoredRecord)
  return {
    ...emptyHistory({ number, nonce: lineage.at(-1) ?? '' }),
    lineage,
    records: new Map(records.map((record) => [record.id, record])),
  }
}

import type { StoredRecord } from '../key-store.ts'
import { type Place, revisionOf } from '../revision.ts'

/** A change with its position. Without a value it removes the record. */
export interface Change extends Pick<StoredRecord, 'id' | 'until'> {
  readonly place: Place
  readonly value?: string | undefined
}

/** A position, and how the store came there. */
export interface History {
  readonly place: Place
  /** The nonces of the latest changes, the one of `place` last. */
  readonly lineage: readonly string[]
}

/** How many nonces of past changes are kept. */
const longestLineage = 256

export function continued({ place, lineage }: History, further: readonly Change[]): History {
  return {
    place: further.at(-1)?.place ?? place,
    lineage: [...lineage, ...further.map((change) => change.place.nonce)].slice(-longestLineage),
  }
}

/** Returns true if a position is part of a history, or undefined if it is too old to know. */
export function contains({ place, lineage }: History, { number, nonce }: Place): boolean | undefined {
  const ago = place.number - number
  if (ago < 0) return false
  const then = lineage.at(-1 - ago)
  return then === undefined ? undefined : then === nonce
}

/** Returns what changes amount to: the last one of each record counts. Undefined for a record that was removed. */
export function latestOf(changes: readonly Change[]): Map<string, StoredRecord | undefined> {
  return new Map(changes.map((change) => [change.id, recordOf(change)]))
}

function recordOf({ place, id, value, until }: Change): StoredRecord | undefined {
  return value === undefined ? undefined : { id, revision: revisionOf(place), value, until }
}

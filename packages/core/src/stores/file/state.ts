import { hasEnded } from '../endings.ts'
import type { StoredRecord } from '../key-store.ts'
import { type Change, type History, latestOf } from './history.ts'
import type { Snapshot } from './snapshot.ts'

/** What a store contains at a position of its history: a snapshot, and the changes that came after it. */
export interface State {
  readonly history: History
  readonly snapshot: Snapshot | undefined
  /** The number of the snapshot, or 0: the position that the changes follow. */
  readonly since: number
  readonly changes: readonly Change[]
}

/** Returns the records that have not expired, in parts and sorted by id. */
export async function* lastingRecords({ snapshot, changes }: State, now: number): AsyncGenerator<StoredRecord[]> {
  const latest = latestOf(changes)
  const changed = sorted([...latest.values()].filter((record) => record !== undefined))
  const isLasting = (record: StoredRecord): boolean => !hasEnded(record, now)
  let next = 0
  if (snapshot !== undefined) {
    for await (const part of snapshot.parts()) {
      const last = part.at(-1)
      if (last === undefined) continue
      const begin = next
      while (isUpTo(last, changed[next])) next += 1
      const unchanged = part.filter(({ id }) => !latest.has(id))
      const merged = begin === next ? unchanged : sorted([...changed.slice(begin, next), ...unchanged])
      yield merged.filter(isLasting)
    }
  }
  yield changed.slice(next).filter(isLasting)
}

function isUpTo(last: StoredRecord, record: StoredRecord | undefined): boolean {
  return record !== undefined && record.id <= last.id
}

function sorted(records: readonly StoredRecord[]): StoredRecord[] {
  return records.toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

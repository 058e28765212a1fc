import type { StoredRecord } from './key-store.ts'

/** Returns true if the record has expired. */
export function hasEnded({ until }: Pick<StoredRecord, 'until'>, now: number): boolean {
  return until !== undefined && until <= now
}

/** Two lists instead of an object for each record, to save memory: there may be a million. */
interface Second {
  readonly ids: string[]
  readonly revisions: string[]
}

/** Finds the expired records without visiting the others. */
export class Endings {
  readonly #seconds = new Map<number, Second>()
  #earliest = Number.POSITIVE_INFINITY

  add({ id, revision, until }: StoredRecord): void {
    if (until === undefined) return
    const second = Math.ceil(until / 1000)
    const { ids, revisions } = this.#inSecond(second)
    ids.push(id)
    revisions.push(revision)
    this.#earliest = Math.min(this.#earliest, second)
  }

  /**
   * Returns the records that should have expired by now, within a second. Each is returned once. A record that was written
   * again has another revision and may not have expired.
   */
  take(now: number): { id: string; revision: string }[] {
    if (now < this.#earliest * 1000) return []
    const due = [...this.#seconds].filter(([second]) => second * 1000 <= now)
    for (const [second] of due) this.#seconds.delete(second)
    this.#earliest = Number.POSITIVE_INFINITY
    for (const second of this.#seconds.keys()) this.#earliest = Math.min(this.#earliest, second)
    return due.flatMap(([, { ids, revisions }]) => ids.map((id, at) => ({ id, revision: revisions[at] ?? '' })))
  }

  #inSecond(second: number): Second {
    const known = this.#seconds.get(second)
    if (known !== undefined) return known
    const added: Second = { ids: [], revisions: [] }
    this.#seconds.set(second, added)
    return added
  }
}

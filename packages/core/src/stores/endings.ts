import type { StoredRecord } from './key-store.ts'

/** Whether the record has ended. */
export function hasEnded({ until }: Pick<StoredRecord, 'until'>, now: number): boolean {
  return until !== undefined && until <= now
}

/** Names and revisions in two lists rather than in an object each: there may be a million. */
interface Second {
  readonly ids: string[]
  readonly revisions: string[]
}

/** Finds the records that have ended without going through those that have not. */
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
   * The records that were to end by now, within a second, each reported once. A record that was written again has another
   * revision, and does not end yet.
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

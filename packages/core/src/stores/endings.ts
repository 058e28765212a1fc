import type { StoredRecord } from './key-store.ts'

/** Returns true if the record has expired. */
export function hasEnded({ until }: Pick<StoredRecord, 'until'>, now: number): boolean {
  return until !== undefined && until <= now
}

/** Finds the expired records without visiting the others. */
export class Endings {
  /** The ids of the records that expire in each second. */
  readonly #seconds = new Map<number, string[]>()
  #earliest = Number.POSITIVE_INFINITY

  add(id: string, until: number | undefined): void {
    if (until === undefined) return
    const second = Math.ceil(until / 1000)
    const ids = this.#seconds.get(second)
    if (ids === undefined) this.#seconds.set(second, [id])
    else ids.push(id)
    this.#earliest = Math.min(this.#earliest, second)
  }

  /**
   * Returns the ids of the records that should have expired by now, within a second. Each is returned once. A record that was
   * written again may not have expired.
   */
  take(now: number): string[] {
    if (now < this.#earliest * 1000) return []
    const due = [...this.#seconds].filter(([second]) => second * 1000 <= now)
    for (const [second] of due) this.#seconds.delete(second)
    this.#earliest = Number.POSITIVE_INFINITY
    for (const second of this.#seconds.keys()) this.#earliest = Math.min(this.#earliest, second)
    return due.flatMap(([, ids]) => ids)
  }
}

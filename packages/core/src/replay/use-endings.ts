/** A remembered use. Those with the same end are a linked list, which takes less memory than an array for each end. */
export interface RememberedUse {
  readonly key: string
  readonly group: string | undefined
  readonly next: RememberedUse | undefined
}

/** Finds the uses that have ended, without visiting the others. */
export class UseEndings {
  /** By the millisecond of their end. */
  readonly #uses = new Map<number, RememberedUse>()
  /** The millisecond up to which ended uses were taken. */
  #takenUntil: number

  /** @param now in milliseconds since the epoch; must not be later than the end of any use */
  constructor(now: number) {
    this.#takenUntil = Math.floor(now)
  }

  /** @param until in whole milliseconds since the epoch, after the time that `take` was last called with */
  add(key: string, group: string | undefined, until: number): void {
    this.#uses.set(until, { key, group, next: this.#uses.get(until) })
  }

  /** Returns the uses that have ended by now. Each is returned once. */
  *take(now: number): Generator<RememberedUse> {
    for (const end of this.#ends(Math.floor(now))) {
      const first = this.#uses.get(end)
      this.#uses.delete(end)
      for (let use = first; use !== undefined; use = use.next) yield use
    }
  }

  /**
   * Looks at each millisecond since the last time, or at each end if those are fewer. Over time this is one step for each
   * millisecond at the most.
   */
  #ends(now: number): number[] {
    const [from, passed] = [this.#takenUntil + 1, now - this.#takenUntil]
    if (passed <= 0) return []
    this.#takenUntil = now
    if (passed > this.#uses.size) return [...this.#uses.keys()].filter((end) => end <= now)
    return Array.from({ length: passed }, (_, index) => from + index).filter((end) => this.#uses.has(end))
  }
}

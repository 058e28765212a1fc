/** Calls a function once, at the earliest of the times that were set. Does not keep the process alive. */
export class EarliestTimer {
  readonly #due: () => void
  #timer: NodeJS.Timeout | undefined
  #dueAt = Number.POSITIVE_INFINITY

  constructor(due: () => void) {
    this.#due = due
  }

  /** @param wait in milliseconds. Without effect if the function is due sooner. */
  set(wait: number): void {
    const dueAt = performance.now() + wait
    if (dueAt >= this.#dueAt) return
    this.clear()
    this.#dueAt = dueAt
    this.#timer = setTimeout(() => {
      this.clear()
      this.#due()
    }, wait).unref()
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#dueAt = Number.POSITIVE_INFINITY
  }
}

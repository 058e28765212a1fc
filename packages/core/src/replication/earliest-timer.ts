import { withoutKeepingAlive } from '../platform.ts'

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
    const due = (): void => {
      this.clear()
      this.#due()
    }
    this.#timer = withoutKeepingAlive(setTimeout(due, wait))
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#dueAt = Number.POSITIVE_INFINITY
  }
}

/** Limits how many operations run at the same time. The others wait in a queue. */
export class Gate {
  readonly #width: number
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(width: number) {
    this.#width = width
  }

  async pass<T>(run: () => T | PromiseLike<T>): Promise<T> {
    if (this.#running >= this.#width) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running += 1
    try {
      return await run()
    } finally {
      this.#next()
    }
  }

  /** Passes the slot to the next operation in the queue, so a new caller cannot take it first. */
  #next(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }
}

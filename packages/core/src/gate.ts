/** Lets so many operations run at once. The others wait in line. */
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

  /** The next in line takes over the place, so that nobody else can slip in between. */
  #next(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running -= 1
    else next()
  }
}

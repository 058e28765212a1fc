import { cpuTime } from './cpu-time.ts'

/** Notes the longest time between two turns of the event loop, in the processor's time of all threads of this process. */
export class LoopWatch {
  #last = cpuTime()
  #longest = 0
  #isOver = false

  constructor() {
    this.#look()
  }

  /** Returns the longest time in milliseconds. */
  end(): number {
    this.#isOver = true
    this.#note()
    return this.#longest
  }

  #look(): void {
    setImmediate(() => {
      this.#note()
      if (!this.#isOver) this.#look()
    })
  }

  #note(): void {
    const now = cpuTime()
    this.#longest = Math.max(this.#longest, now - this.#last)
    this.#last = now
  }
}

import type { Clock } from '../../src/clock.ts'

/** A clock that moves only when the test advances it. */
export class ManualClock implements Clock {
  #now: number

  constructor(now = 1_800_000_000_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  seconds(): number {
    return this.#now / 1000
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds
  }
}

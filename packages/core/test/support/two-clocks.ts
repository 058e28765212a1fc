import type { Clock } from '../../src/clock.ts'

/** A wall clock and a monotonic clock, which a test moves apart: the wall clock is set back, or the machine sleeps. */
export class TwoClocks implements Clock {
  wall = 1_800_000_000_000
  steady = 0

  now(): number {
    return this.wall
  }

  monotonic(): number {
    return this.steady
  }

  /** Time passes for both. */
  advance(milliseconds: number): void {
    this.wall += milliseconds
    this.steady += milliseconds
  }

  /** The monotonic clock stops while the machine sleeps. */
  sleep(milliseconds: number): void {
    this.wall += milliseconds
  }

  /** The wall clock is set back while time passes. */
  setBack(milliseconds: number): void {
    this.wall -= milliseconds
  }
}

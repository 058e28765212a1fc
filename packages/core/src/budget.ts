import { type Clock, elapsedSince, type Moment, momentOf } from './clock.ts'

export interface BudgetSettings {
  /** What can be spent at once. */
  readonly burst: number
  /** In milliseconds: one more can be spent each time. */
  readonly refillInterval: number
  readonly clock: Clock
}

/** A token bucket: what a sender of junk can make us spend, at most. */
export class Budget {
  readonly #settings: BudgetSettings
  #left: number
  #refilledAt: Moment

  constructor(settings: BudgetSettings) {
    this.#settings = settings
    this.#left = settings.burst
    this.#refilledAt = momentOf(settings.clock)
  }

  /** Spends one if there is one left, and answers whether it did. */
  spend(): boolean {
    this.#refill()
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }

  /** Returns one that turned out to be well spent. */
  refund(): void {
    this.#left = Math.min(this.#settings.burst, this.#left + 1)
  }

  #refill(): void {
    const { burst, refillInterval, clock } = this.#settings
    this.#left = Math.min(burst, this.#left + elapsedSince(this.#refilledAt, clock) / refillInterval)
    this.#refilledAt = momentOf(clock)
  }
}

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
  /** In milliseconds, so that nothing is lost to rounding: each unit costs a refill interval. */
  #left: number
  #refilledAt: Moment

  constructor(settings: BudgetSettings) {
    this.#settings = settings
    this.#left = this.#most
    this.#refilledAt = momentOf(settings.clock)
  }

  /** Spends one if there is one left, and answers whether it did. */
  spend(): boolean {
    const { refillInterval, clock } = this.#settings
    this.#add(elapsedSince(this.#refilledAt, clock))
    this.#refilledAt = momentOf(clock)
    if (this.#left < refillInterval) return false
    this.#left -= refillInterval
    return true
  }

  /** Returns one that turned out to be well spent. */
  refund(): void {
    this.#add(this.#settings.refillInterval)
  }

  get #most(): number {
    return this.#settings.burst * this.#settings.refillInterval
  }

  #add(milliseconds: number): void {
    this.#left = Math.min(this.#most, this.#left + milliseconds)
  }
}

import { type Clock, elapsedSince, type Moment, momentOf } from './clock.ts'

export interface BudgetSettings {
  /** How many units can be spent at once. */
  readonly burst: number
  /** In milliseconds: one unit is added per interval. */
  readonly refillInterval: number
  readonly clock: Clock
}

/** A token bucket. Limits how much work unauthenticated requests can cause. */
export class Budget {
  readonly #settings: BudgetSettings
  /** In milliseconds, which avoids rounding: each unit costs one refill interval. */
  #left: number
  #refilledAt: Moment

  constructor(settings: BudgetSettings) {
    this.#settings = settings
    this.#left = this.#most
    this.#refilledAt = momentOf(settings.clock)
  }

  /** Spends one unit. Returns false if none is left. */
  spend(): boolean {
    const { refillInterval, clock } = this.#settings
    this.#add(elapsedSince(this.#refilledAt, clock))
    this.#refilledAt = momentOf(clock)
    if (this.#left < refillInterval) return false
    this.#left -= refillInterval
    return true
  }

  /** Gives back one unit, after the request turned out to be legitimate. */
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

import { type Clock, elapsedSince, type Moment, momentOf } from './clock.ts'

export interface BackOffSettings {
  /** The longest back-off, in milliseconds. */
  readonly longest: number
  readonly clock: Clock
  /** Returns a number between 0 and 1. */
  readonly random: () => number
}

/** In milliseconds. */
const first = 1000

/** How long to wait after failures. Doubles from 1 s with each failure, with full jitter, until a success. */
export class BackOff {
  readonly #settings: BackOffSettings
  #failures = 0
  #failedAt: Moment | undefined
  #wait = 0

  constructor(settings: BackOffSettings) {
    this.#settings = settings
  }

  /** @param least the shortest wait, in milliseconds: what the server asked for */
  failed(least = 0): void {
    const { longest, clock, random } = this.#settings
    const ceiling = Math.min(longest, first * 2 ** this.#failures)
    this.#failures += 1
    this.#failedAt = momentOf(clock)
    this.#wait = Math.max(ceiling * random(), least)
  }

  succeeded(): void {
    this.#failures = 0
    this.#failedAt = undefined
  }

  get isFailing(): boolean {
    return this.#failedAt !== undefined
  }

  /** Time until the next attempt, in milliseconds. Zero if the last one succeeded. */
  get retryIn(): number {
    if (this.#failedAt === undefined) return 0
    return Math.max(0, this.#wait - elapsedSince(this.#failedAt, this.#settings.clock))
  }
}

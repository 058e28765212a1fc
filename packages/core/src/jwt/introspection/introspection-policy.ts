import { BackOff } from '../../back-off.ts'
import { Budget } from '../../budget.ts'
import type { Clock } from '../../clock.ts'

export interface IntrospectionPolicySettings {
  readonly maxRefusalsPerSecond: number
  readonly clock: Clock
  /** From 0 to 1, for jitter. */
  readonly random: () => number
}

/** So many failures in a row are an outage. Fewer may be the fault of single tokens. */
const failuresOfOutage = 5

/** In milliseconds. Short, so that new tokens pass again within seconds of the end of an outage. */
const longestBackOff = 4000

/** Caps `Retry-After`, in milliseconds: a longer delay is not reasonable. */
const longestRetryAfter = 60_000

/** The size of the budget, in seconds of its refill. */
const burst = 5

/** Why the issuer is not asked. */
export type Reluctance = 'outage' | 'overspent'

/**
 * Decides whether the issuer is asked about a token. Asks nothing itself.
 *
 * During an outage one request after each pause finds out whether it is over. Tokens that the issuer refuses spend a budget,
 * so that junk cannot flood it. A token that was active before is asked about in any case.
 */
export class IntrospectionPolicy {
  readonly #backOff: BackOff
  readonly #budget: Budget
  #failures = 0
  #isProbing = false

  constructor({ maxRefusalsPerSecond, clock, random }: IntrospectionPolicySettings) {
    this.#backOff = new BackOff({ longest: longestBackOff, clock, random })
    this.#budget = new Budget({
      burst: burst * maxRefusalsPerSecond,
      refillInterval: 1000 / maxRefusalsPerSecond,
      clock,
    })
  }

  /** Returns why the issuer must not be asked now, or undefined if it may be. What is admitted must be settled. */
  admit(wasActive: boolean): Reluctance | undefined {
    if (this.#backOff.isFailing && (this.#isProbing || this.#backOff.retryIn > 0)) return 'outage'
    if (!wasActive && !this.#budget.spend()) return 'overspent'
    this.#isProbing = this.#backOff.isFailing
    return undefined
  }

  /** Settles a request that was answered. */
  answered(isActive: boolean, wasActive: boolean): void {
    this.#failures = 0
    this.#isProbing = false
    this.#backOff.succeeded()
    if (isActive && !wasActive) this.#budget.refund()
  }

  /**
   * Settles a request that the issuer did not accept. It may be the fault of the token, so it neither starts an outage nor ends
   * one: junk must not keep good tokens out.
   */
  refused(): void {
    this.#isProbing = false
  }

  /** Settles a request that failed. @param retryAfter in milliseconds, if the issuer named it */
  failed(retryAfter: number | undefined): void {
    this.#failures += 1
    this.#isProbing = false
    if (this.#failures < failuresOfOutage && retryAfter === undefined) return
    this.#backOff.failed(Math.min(retryAfter ?? 0, longestRetryAfter))
  }

  /** True while the issuer counts as unavailable. */
  get isOutage(): boolean {
    return this.#backOff.isFailing
  }

  /** Time until the next request is allowed during an outage, in milliseconds. */
  get retryIn(): number {
    return this.#backOff.retryIn
  }
}

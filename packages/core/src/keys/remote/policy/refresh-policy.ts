import { Age } from '../../../age.ts'
import { BackOff } from '../../../back-off.ts'
import type { Clock, Moment } from '../../../clock.ts'

/**
 * The phase of a key set, determined by its age:
 *
 * | phase     | from                                | known keys    | the network                      |
 * | --------- | ----------------------------------- | ------------- | -------------------------------- |
 * | `cold`    | no set has been fetched             | none          | requests wait for a fetch        |
 * | `fresh`   | the last success                    | served        | no fetch                         |
 * | `ageing`  | about 80 % of the lifetime          | served        | background fetch                 |
 * | `stale`   | the end of the lifetime             | served        | background fetch                 |
 * | `expired` | the end of the outage window        | not served    | requests wait for a fetch        |
 */
export type Phase = 'cold' | 'fresh' | 'ageing' | 'stale' | 'expired'

/** All durations are in milliseconds. */
export interface RefreshPolicySettings {
  /** The outage window: how long the last good set is still served after its lifetime. */
  readonly staleIfError: number
  readonly clock: Clock
  /** Returns a number between 0 and 1. */
  readonly random: () => number
}

const refreshAheadAt = 0.8
/** Spreads the refreshes of a service's processes over time. */
const refreshAheadJitter = 0.1

const longestBackOff = 60_000
/** Caps `Retry-After`: a longer delay is not reasonable. */
const longestRetryAfter = 5 * 60_000

/** Returns true if a set in this phase may still be served. */
export function isServable(phase: Phase): boolean {
  return phase !== 'cold' && phase !== 'expired'
}

/** Decides when to serve, when to fetch and when to wait. Fetches nothing itself. */
export class RefreshPolicy {
  readonly #staleIfError: number
  readonly #random: () => number
  /** Since the last success. Serving a stale set does not renew it. */
  readonly #age: Age
  readonly #backOff: BackOff
  #lifetime = 0
  #refreshAheadAfter = 0

  constructor({ staleIfError, clock, random }: RefreshPolicySettings) {
    this.#staleIfError = staleIfError
    this.#random = random
    this.#age = new Age(clock)
    this.#backOff = new BackOff({ longest: longestBackOff, clock, random })
  }

  /** Records a successful fetch, or a 304 that confirms the current set. */
  succeeded(lifetime: number, at?: Moment): void {
    const jitter = 1 + refreshAheadJitter * (2 * this.#random() - 1)
    this.#age.renew(at)
    this.#lifetime = lifetime
    this.#refreshAheadAfter = lifetime * refreshAheadAt * jitter
    this.#backOff.succeeded()
  }

  /** Records a failed fetch. */
  failed(retryAfter = 0): void {
    this.#backOff.failed(Math.min(retryAfter, longestRetryAfter))
  }

  get phase(): Phase {
    const { age } = this
    if (age === undefined) return 'cold'
    if (age < this.#refreshAheadAfter) return 'fresh'
    if (age < this.#lifetime) return 'ageing'
    return age < this.#lifetime + this.#staleIfError ? 'stale' : 'expired'
  }

  /** True if the set may still be served. */
  get isUsable(): boolean {
    return isServable(this.phase)
  }

  /** How long a set is fresh. */
  get lifetime(): number {
    return this.#lifetime
  }

  /** Time since the last success. */
  get age(): number | undefined {
    return this.#age.elapsed
  }

  /** Time until a refresh is due. */
  get refreshIn(): number | undefined {
    const { age } = this
    return age === undefined ? undefined : Math.max(0, this.#refreshAheadAfter - age, this.retryIn)
  }

  /** Time until the next fetch is allowed after a failure. */
  get retryIn(): number {
    return this.#backOff.retryIn
  }
}

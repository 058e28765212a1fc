import { Age } from '../age.ts'
import { BackOff } from '../back-off.ts'
import { type Clock, type Moment, systemClock } from '../clock.ts'

export interface ReplicaPolicySettings {
  /** How long a replica is used after its last successful read, in milliseconds, in addition to `pollInterval`. */
  readonly staleIfError: number
  /** Between two reads, in milliseconds. */
  readonly pollInterval: number
  /** The limit for one write, and for each part of a read, in milliseconds. */
  readonly requestTimeout: number
  readonly clock: Clock
  /** From 0 to 1, for jitter. */
  readonly random: () => number
}

const longestBackOff = 30_000

/** Spreads the reads of the instances after a notification, in milliseconds. Also combines notifications in a row. */
const newsSpread = 250

/** Decides whether a replica is recent enough to be used, and when to read the store next. Reads nothing itself. */
export class ReplicaPolicy {
  readonly #settings: ReplicaPolicySettings
  readonly #age: Age
  readonly #backOff: BackOff
  readonly #mostAge: number

  constructor(settings: ReplicaPolicySettings) {
    const { staleIfError, pollInterval, clock, random } = settings
    this.#settings = settings
    this.#age = new Age(clock)
    this.#mostAge = staleIfError + pollInterval
    this.#backOff = new BackOff({ longest: Math.max(longestBackOff, pollInterval), clock, random })
  }

  /** @param at when the read began, because its result may be as old as that */
  succeeded(at: Moment): void {
    this.#age.renew(at)
    this.#backOff.succeeded()
  }

  failed(): void {
    this.#backOff.failed()
  }

  get isUsable(): boolean {
    return this.#age.isBelow(this.#mostAge)
  }

  /**
   * Called for every token, with the time of the system clock. While reads succeed, a timer renews the age every few
   * seconds. Then only a process that was suspended has an old replica, and the wall clock shows that.
   */
  isUsableAt(now: number): boolean {
    if (this.#backOff.isFailing || this.#settings.clock !== systemClock) return this.isUsable
    return this.#age.isBelowAt(now, this.#mostAge)
  }

  /** True if the next read should have succeeded or failed by now. */
  get isOverdue(): boolean {
    const { pollInterval, requestTimeout } = this.#settings
    return !this.#age.isBelow(pollInterval + 2 * requestTimeout)
  }

  /** The time since the last successful read began, in milliseconds. */
  get age(): number | undefined {
    return this.#age.elapsed
  }

  /** Time until the next read is allowed after a failure, in milliseconds. */
  get retryIn(): number {
    return this.#backOff.retryIn
  }

  /** Time until the next read, in milliseconds. Jitter keeps the instances from reading at the same time. */
  nextWait(): number {
    const { pollInterval, random } = this.#settings
    return this.#backOff.isFailing ? this.retryIn : pollInterval * (0.8 + 0.2 * random())
  }

  /**
   * Time until the read after a notification, in milliseconds. After an outage, all instances are notified at once, because
   * their connections come back at the same time. Their reads are spread over a poll interval.
   */
  newsWait(): number {
    const { pollInterval, random } = this.#settings
    const spread = this.#backOff.isFailing ? pollInterval : Math.min(newsSpread, pollInterval)
    return spread * random()
  }
}

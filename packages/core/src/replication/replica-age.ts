import { type Clock, elapsedSince, type Moment, momentOf } from '../clock.ts'

export interface ReplicaAgeSettings {
  /** How long a replica is used after its last successful read, in milliseconds, in addition to `pollInterval`. */
  readonly staleIfError: number
  /** Between two reads, in milliseconds. */
  readonly pollInterval: number
  readonly clock: Clock
  /** From 0 to 1, for jitter. */
  readonly random: () => number
}

const firstBackOff = 1000
const longestBackOff = 30_000

/** Decides whether a replica is recent enough to be used, and when to read the store next. Reads nothing itself. */
export class ReplicaAge {
  readonly #settings: ReplicaAgeSettings
  #readAt: Moment | undefined
  #failures = 0

  constructor(settings: ReplicaAgeSettings) {
    this.#settings = settings
  }

  /** @param at when the read began, because its result may be as old as that */
  succeeded(at: Moment): void {
    this.#readAt = at
    this.#failures = 0
  }

  failed(): void {
    this.#failures += 1
  }

  get isFailing(): boolean {
    return this.#failures > 0
  }

  /** Called for every token, so it costs two comparisons at most. */
  get isUsable(): boolean {
    const readAt = this.#readAt
    if (readAt === undefined) return false
    const { staleIfError, pollInterval, clock } = this.#settings
    const most = staleIfError + pollInterval
    if (clock.now() - readAt.wall >= most) return false
    return clock.monotonic === undefined || clock.monotonic() - readAt.monotonic < most
  }

  /** The time since the last successful read began, in milliseconds. */
  get age(): number | undefined {
    return this.#readAt && elapsedSince(this.#readAt, this.#settings.clock)
  }

  /** The time until the next read. Jitter spreads the reads of the instances. After failures the time grows. */
  nextWait(): number {
    const { pollInterval, random } = this.#settings
    if (this.#failures === 0) return pollInterval * (0.8 + 0.2 * random())
    const ceiling = Math.min(Math.max(longestBackOff, pollInterval), firstBackOff * 2 ** (this.#failures - 1))
    return ceiling * (0.5 + 0.5 * random())
  }

  now(): Moment {
    return momentOf(this.#settings.clock)
  }
}

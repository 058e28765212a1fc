import { type Clock, elapsedSince, type Moment, momentOf } from '../clock.ts'

export interface ReplicaAgeSettings {
  /** How long a replica serves after the last good read, in milliseconds, beyond `pollInterval`. */
  readonly staleIfError: number
  /** Between two reads, in milliseconds. */
  readonly pollInterval: number
  readonly clock: Clock
  /** From 0 to 1, for jitter. */
  readonly random: () => number
}

const firstBackOff = 1000
const longestBackOff = 30_000

/** How old a replica is, whether it may serve, and when the store is asked next: the rules alone, without asking. */
export class ReplicaAge {
  readonly #settings: ReplicaAgeSettings
  #readAt: Moment | undefined
  #failures = 0

  constructor(settings: ReplicaAgeSettings) {
    this.#settings = settings
  }

  /** @param at when the read began: what it brought is no younger */
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

  /** Asked for every token: it takes no more than two comparisons. */
  get isUsable(): boolean {
    const readAt = this.#readAt
    if (readAt === undefined) return false
    const { staleIfError, pollInterval, clock } = this.#settings
    const most = staleIfError + pollInterval
    if (clock.now() - readAt.wall >= most) return false
    return clock.monotonic === undefined || clock.monotonic() - readAt.monotonic < most
  }

  /** Since the last good read began, in milliseconds. */
  get age(): number | undefined {
    return this.#readAt && elapsedSince(this.#readAt, this.#settings.clock)
  }

  /** How long to wait before the next read. Instances spread out; after failures they back off. */
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

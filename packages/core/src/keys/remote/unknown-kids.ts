import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Clock, elapsedSince, type Moment, momentOf } from '../../clock.ts'

/** So many fetches at once for keys that the set does not have, */
const burst = 2
/** and one more in this time, in milliseconds. */
const refillInterval = 10_000

const rememberedKids = 1000
/** A kid that a fetch did not bring is asked for again as soon as a spent budget has refilled, in milliseconds. */
const rememberedFor = refillInterval

/**
 * The budget of fetches for keys that the set does not have. A new key is found on first sight, and one that is
 * published after its first token within ten seconds and a fetch. Junk neither amplifies nor locks out: what it may
 * cost is a budget of its own, and a kid is only remembered as unknown once a fetch has said so.
 */
export class UnknownKids {
  readonly #clock: Clock
  readonly #unknown: LRUCache<string, true>
  /** In milliseconds: each fetch costs a refill interval. */
  #budget = burst * refillInterval
  #refilledAt: Moment

  constructor(clock: Clock) {
    this.#clock = clock
    this.#refilledAt = momentOf(clock)
    const perf = { now: () => momentOf(clock).monotonic }
    this.#unknown = new LRUCache({ max: rememberedKids, ttl: rememberedFor, ttlResolution: 0, perf })
  }

  /** Whether a fetch may be spent on this kid. If so, it is spent. */
  mayAsk(kid: string | undefined): boolean {
    if (this.#unknown.has(nameOf(kid))) return false
    this.#refill()
    if (this.#budget < refillInterval) return false
    this.#budget -= refillInterval
    return true
  }

  /** A fetch for this kid did not bring it. Remembered from when the fetch was asked for, however long it took. */
  remember(kid: string | undefined, askedAt: Moment): void {
    this.#unknown.set(nameOf(kid), true, { start: askedAt.monotonic })
  }

  /** The set has changed: what was unknown may be in it. */
  forget(): void {
    this.#unknown.clear()
  }

  #refill(): void {
    const refilled = elapsedSince(this.#refilledAt, this.#clock)
    this.#budget = Math.min(burst * refillInterval, this.#budget + refilled)
    this.#refilledAt = momentOf(this.#clock)
  }
}

/** A kid is as long as its sender likes; what is remembered of it is not. Tokens without a kid share a name. */
export function nameOf(kid: string | undefined): string {
  if (kid === undefined) return 'none'
  return kid.length <= 64 ? `kid ${kid}` : createHash('sha256').update(kid).digest('base64url')
}

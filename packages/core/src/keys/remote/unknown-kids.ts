import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Clock, elapsedSince, type Moment, momentOf } from '../../clock.ts'

/** So many fetches at once for kids that nobody knows, */
const burst = 2
/** and one more in this time, in milliseconds. */
const refillInterval = 10_000

const rememberedKids = 1000
const rememberedFor = 30_000

/**
 * Kids that the set does not have. A new key is found on first sight; junk neither amplifies nor locks out, because
 * what it may cost is a budget of its own, and because a kid is only remembered as unknown once a fetch has said so.
 */
export class UnknownKids {
  readonly #clock: Clock
  readonly #unknown: LRUCache<string, true>
  #tokens = burst
  #refilledAt: Moment

  constructor(clock: Clock) {
    this.#clock = clock
    this.#refilledAt = momentOf(clock)
    const perf = { now: () => clock.monotonic?.() ?? clock.now() }
    this.#unknown = new LRUCache({ max: rememberedKids, ttl: rememberedFor, ttlResolution: 0, perf })
  }

  /** Whether a fetch may be spent on this kid. If so, it is spent. */
  mayAsk(kid: string | undefined): boolean {
    if (kid !== undefined && this.#unknown.has(nameOf(kid))) return false
    this.#refill()
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** A fetch that began after the kid was asked for did not bring it. */
  remember(kid: string): void {
    this.#unknown.set(nameOf(kid), true)
  }

  /** The set has changed: what was unknown may be in it. */
  forget(): void {
    this.#unknown.clear()
  }

  #refill(): void {
    const refilled = elapsedSince(this.#refilledAt, this.#clock) / refillInterval
    this.#tokens = Math.min(burst, this.#tokens + refilled)
    this.#refilledAt = momentOf(this.#clock)
  }
}

/** A kid is as long as its sender likes; what is remembered of it is not. */
function nameOf(kid: string): string {
  return kid.length <= 64 ? kid : createHash('sha256').update(kid).digest('base64url')
}

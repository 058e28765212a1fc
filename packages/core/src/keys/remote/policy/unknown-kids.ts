import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { Budget } from '../../../budget.ts'
import { type Clock, type Moment, momentOf } from '../../../clock.ts'

/** So many fetches at once for keys that the set does not have, */
const burst = 2
/** and one more in this time, in milliseconds. */
const refillInterval = 10_000

/** No more than the budget can have been spent on while they are remembered. */
const rememberedKids = 16
/** A kid that a fetch did not bring is asked for again as soon as a spent budget has refilled, in milliseconds. */
const rememberedFor = refillInterval

/**
 * The budget of fetches for keys that the set does not have. A new key is found on first sight, and one that is
 * published after its first token within ten seconds and a fetch. Junk neither amplifies nor locks out: what it may
 * cost is a budget of its own, and a kid is only remembered as unknown once a fetch has said so.
 */
export class UnknownKids {
  readonly #clock: Clock
  readonly #budget: Budget
  #unknown: LRUCache<string, true> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#budget = new Budget({ burst, refillInterval, clock })
  }

  /** Whether a fetch may be spent on this kid. If so, it is spent. */
  mayAsk(kid: string | undefined): boolean {
    return this.#unknown?.has(nameOf(kid)) !== true && this.#budget.spend()
  }

  /** A fetch for this kid did not bring it. Remembered from when the fetch was asked for, however long it took. */
  remember(kid: string | undefined, askedAt: Moment): void {
    this.#unknown ??= this.#emptyCache()
    this.#unknown.set(nameOf(kid), true, { start: askedAt.monotonic })
  }

  /** The set has changed: what was unknown may be in it. */
  forget(): void {
    this.#unknown?.clear()
  }

  /** Made when it is needed: it allocates its whole room at once, and a verifier may have thousands of issuers. */
  #emptyCache(): LRUCache<string, true> {
    const perf = { now: () => momentOf(this.#clock).monotonic }
    return new LRUCache({ max: rememberedKids, ttl: rememberedFor, ttlResolution: 0, perf })
  }
}

/** A kid is as long as its sender likes; what is remembered of it is not. Tokens without a kid share a name. */
export function nameOf(kid: string | undefined): string {
  if (kid === undefined) return 'none'
  return kid.length <= 64 ? `kid ${kid}` : createHash('sha256').update(kid).digest('base64url')
}

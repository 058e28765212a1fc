import { LRUCache } from 'lru-cache'
import { Budget } from '../../../budget.ts'
import { type Clock, type Moment, momentOf } from '../../../clock.ts'
import { hash } from '../../../platform.ts'

/** The maximum number of fetches in a row for keys that the set does not contain. */
const burst = 2
/** The interval after which one more fetch is allowed, in milliseconds. */
const refillInterval = 10_000

/** Enough for all kids that the budget can be spent on while they are remembered. */
const rememberedKids = 16
/** How long a kid is remembered as unknown, in milliseconds: until a spent budget allows the next fetch. */
const rememberedFor = refillInterval

/**
 * Limits the fetches for keys that the set does not contain. A new key is found with its first token. A key that is
 * published after its first token is found within ten seconds plus one fetch. Junk kids cannot amplify requests or lock
 * out new keys: they have a separate budget, and a kid is remembered as unknown only after a fetch did not return it.
 */
export class UnknownKids {
  readonly #clock: Clock
  readonly #budget: Budget
  #unknown: LRUCache<string, true> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#budget = new Budget({ burst, refillInterval, clock })
  }

  /** Returns true if a fetch is allowed for this kid, and charges it to the budget. */
  mayAsk(kid: string | undefined): boolean {
    return this.mayShare(kid) && this.#budget.spend()
  }

  /** Returns true if this kid may wait for a fetch that others have paid for. */
  mayShare(kid: string | undefined): boolean {
    return this.#unknown?.has(nameOf(kid)) !== true
  }

  /** Gives back what a fetch has cost, because it found the kid: nobody can make up such kids. */
  refund(): void {
    this.#budget.refund()
  }

  /** Remembers that a fetch did not return this kid. The time counts from the start of the fetch. */
  remember(kid: string | undefined, askedAt: Moment): void {
    this.#unknown ??= this.#emptyCache()
    this.#unknown.set(nameOf(kid), true, { start: askedAt.monotonic })
  }

  /** Forgets all kids. Called when the set has changed: it may contain them now. */
  forget(): void {
    this.#unknown?.clear()
  }

  /**
   * Created on first use: the cache allocates its full size immediately, and a verifier may have thousands of issuers.
   */
  #emptyCache(): LRUCache<string, true> {
    const perf = { now: () => momentOf(this.#clock).monotonic }
    return new LRUCache({ max: rememberedKids, ttl: rememberedFor, ttlResolution: 0, perf })
  }
}

/** Returns a short name for a kid of any length: the sender chose it. Tokens without a kid share a name. */
export function nameOf(kid: string | undefined): string {
  if (kid === undefined) return 'none'
  return kid.length <= 64 ? `kid ${kid}` : hash('sha256', kid, 'base64url')
}

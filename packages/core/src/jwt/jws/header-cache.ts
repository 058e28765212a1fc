import { LRUCache } from 'lru-cache'
import { Buffer } from '../../platform.ts'

type JsonObject = Readonly<Record<string, unknown>>

export interface HeaderCacheSize {
  readonly max: number
  /** The longest encoded header that is cached, in characters. */
  readonly longest: number
}

/** Caches decoded headers by their encoded form: many tokens of an issuer, and all proofs of a client, have the same. */
export class HeaderCache {
  readonly #headers: LRUCache<string, JsonObject>
  readonly #longest: number

  constructor({ max, longest }: HeaderCacheSize) {
    this.#headers = new LRUCache({ max })
    this.#longest = longest
  }

  recall(segment: string): JsonObject | undefined {
    return this.#headers.get(segment)
  }

  /** @param header deeply frozen */
  remember(segment: string, header: JsonObject): void {
    if (segment.length <= this.#longest) this.#headers.set(copied(segment), header)
  }
}

/** Copies the segment, because a slice would keep the whole token in memory. */
function copied(segment: string): string {
  return Buffer.from(segment, 'latin1').toString('latin1')
}

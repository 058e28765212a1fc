import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Verification } from './first-sight.ts'

/**
 * The SHA-256 of a token, under which it is remembered. The token cannot be made from it. One character for each octet:
 * the shorter a string, the faster its look-up.
 */
export function digestOf(token: string): string {
  return hash('sha256', token, 'binary')
}

/** Verified tokens under their digests. It holds nothing that could be sent as a token. */
export class VerifiedTokenCache<Claims> {
  readonly #tokens: LRUCache<string, Verification<Claims>>

  constructor(max: number) {
    this.#tokens = new LRUCache({ max })
  }

  /** The verification as it was. Whether it still holds is for the caller to check. */
  recall(digest: string): Verification<Claims> | undefined {
    return this.#tokens.get(digest)
  }

  remember(digest: string, verification: Verification<Claims>): void {
    this.#tokens.set(digest, verification)
  }

  forget(digest: string): void {
    this.#tokens.delete(digest)
  }
}

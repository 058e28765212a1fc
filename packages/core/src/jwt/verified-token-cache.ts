import { LRUCache } from 'lru-cache'
import { hash } from '../platform.ts'
import type { Verification } from './first-sight.ts'

/**
 * Returns the SHA-256 of a token, which is its key in the cache. The encoding has one character per octet, because
 * shorter strings are looked up faster.
 */
export function digestOf(token: string): string {
  return hash('sha256', token, 'binary')
}

/** Caches verifications by the digest of the token. Contains no usable tokens. */
export class VerifiedTokenCache<Claims> {
  readonly #tokens: LRUCache<string, Verification<Claims>>

  constructor(max: number) {
    this.#tokens = new LRUCache({ max })
  }

  /** Returns the verification as it was cached. The caller checks whether it is still valid. */
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

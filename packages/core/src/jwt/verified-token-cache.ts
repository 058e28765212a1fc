import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { VerificationKey } from '../keys/key-roles.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'
import type { VerifiedToken } from './token-verifier.ts'

/** What is kept of a token that held: everything but the token itself, and what it depends on. */
export interface CachedToken<Claims> extends Omit<VerifiedToken<Claims>, 'token'> {
  readonly issuer: TrustedIssuer
  readonly key: VerificationKey
}

/** The SHA-256 of a token: its name here, from which nobody can make the token. Base64 is the shortest that the platform has. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'base64')
}

/**
 * Tokens that held, under their digests: the cache holds nothing that could be sent again.
 * What can change since is checked at every hit: the times, and whether the key still counts.
 */
export class VerifiedTokenCache<Claims> {
  readonly #tokens: LRUCache<string, CachedToken<Claims>>

  constructor(max: number) {
    this.#tokens = new LRUCache({ max })
  }

  /** The token as it was verified, if it still holds. One that no longer does is forgotten. */
  recall(digest: string, now: number): CachedToken<Claims> | undefined {
    const cached = this.#tokens.get(digest)
    if (cached === undefined || stillHolds(cached, now)) return cached
    this.#tokens.delete(digest)
    return undefined
  }

  remember(digest: string, cached: CachedToken<Claims>): void {
    this.#tokens.set(digest, cached)
  }
}

function stillHolds({ issued, issuer, key }: CachedToken<unknown>, now: number): boolean {
  try {
    issuer.checkTimes(issued, now)
    return issuer.keys.trusts(key)
  } catch {
    return false
  }
}

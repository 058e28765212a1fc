import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Verification } from './token-verifier.ts'

/** The SHA-256 of a token: its name here, from which nobody can make the token. A character for each octet: the shorter, the quicker it is looked up. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'binary')
}

/**
 * Tokens that held, under their digests: the cache holds nothing that could be sent again.
 * What can change since is checked at every hit: the times, and whether the key still counts.
 */
export class VerifiedTokenCache<Claims> {
  readonly #tokens: LRUCache<string, Verification<Claims>>

  constructor(max: number) {
    this.#tokens = new LRUCache({ max })
  }

  /** The token as it was verified, if it still holds. One that no longer does is forgotten. */
  recall(digest: string, now: number): Verification<Claims> | undefined {
    const verification = this.#tokens.get(digest)
    if (verification === undefined || stillHolds(verification, now)) return verification
    this.#tokens.delete(digest)
    return undefined
  }

  remember(digest: string, verification: Verification<Claims>): void {
    this.#tokens.set(digest, verification)
  }
}

function stillHolds({ validity: { since, until }, issuer, key }: Verification<unknown>, now: number): boolean {
  try {
    return now >= since && now < until && issuer.keys.trusts(key)
  } catch {
    // Keys that are not ours may throw. Then they are asked anew, and what they say counts.
    return false
  }
}

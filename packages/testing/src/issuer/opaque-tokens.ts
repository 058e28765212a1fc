import { randomBytes } from 'node:crypto'
import type { Fault } from './fault.ts'

type Claims = Readonly<Record<string, unknown>>

/** The differences between a forged opaque token and a good one. Introspection shows them. */
export interface OpaqueTokenChange {
  /** Members of the answer about the token to set, such as `active` or `aud`; undefined removes one. */
  readonly answer?: Readonly<Record<string, unknown>>
  /** Fails in this way when it is asked about the token, and only then. */
  readonly fault?: Fault
}

/** An opaque token of the issuer. */
interface OpaqueToken {
  readonly claims: Claims
  /** Undefined if the token is not forged. */
  readonly change: OpaqueTokenChange | undefined
}

/** The opaque tokens of an issuer. */
export class OpaqueTokens {
  readonly #issued = new Map<string, OpaqueToken>()
  readonly #revoked = new Set<string>()

  /** Creates a token with these claims. */
  create(claims: Claims, change?: OpaqueTokenChange): string {
    const token = `opaque_${randomBytes(32).toString('base64url')}`
    this.#issued.set(token, { claims, change })
    return token
  }

  /** Returns the claims of a token, unless it was revoked. */
  claimsOf(token: string): Claims | undefined {
    return this.isRevoked(token) ? undefined : this.#issued.get(token)?.claims
  }

  /** Returns the answer about a forged token. Returns undefined for other tokens, and after the token was revoked. */
  forgedAnswer(token: string): Claims | undefined {
    const { claims, change } = this.#issued.get(token) ?? {}
    if (change === undefined || this.isRevoked(token)) return undefined
    return { active: true, token_type: 'Bearer', ...claims, ...change.answer }
  }

  faultOf(token: string): Fault | undefined {
    return this.#issued.get(token)?.change?.fault
  }

  /** Revokes a token of any kind. */
  revoke(token: string): void {
    this.#revoked.add(token)
  }

  isRevoked(token: string): boolean {
    return this.#revoked.has(token)
  }
}

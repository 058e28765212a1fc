import { randomBytes } from 'node:crypto'
import type { Clock } from '@bearerkit/core'
import { jsonSegmentsOf } from '../tokens/forge.ts'
import type { Fault } from './fault.ts'
import { UntilExpiry } from './until-expiry.ts'

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

export interface OpaqueTokensOptions {
  readonly clock: Clock
  /** The largest number of tokens, and of revoked JWTs. The oldest are forgotten. Default 100,000. */
  readonly max?: number
}

/** The opaque tokens of an issuer, and its revocations. */
export class OpaqueTokens {
  readonly #issued: UntilExpiry<OpaqueToken>
  readonly #revokedJwts: UntilExpiry<true>

  constructor({ clock, max = 100_000 }: OpaqueTokensOptions) {
    this.#issued = new UntilExpiry(clock, max)
    this.#revokedJwts = new UntilExpiry(clock, max)
  }

  /** The number of tokens that are remembered. */
  get size(): number {
    return this.#issued.size + this.#revokedJwts.size
  }

  /** Creates a token with these claims. */
  create(claims: Claims, change?: OpaqueTokenChange): string {
    const token = `opaque_${randomBytes(32).toString('base64url')}`
    this.#issued.set(token, { claims, change }, expiryIn(claims) ?? Infinity)
    return token
  }

  /** Returns the claims of a token, unless it was revoked. */
  claimsOf(token: string): Claims | undefined {
    return this.#issued.get(token)?.claims
  }

  /** Returns the answer about a forged token. Returns undefined for other tokens, and after the token was revoked. */
  forgedAnswer(token: string): Claims | undefined {
    const { claims, change } = this.#issued.get(token) ?? {}
    if (change === undefined) return undefined
    return { active: true, token_type: 'Bearer', ...claims, ...change.answer }
  }

  faultOf(token: string): Fault | undefined {
    return this.#issued.get(token)?.change?.fault
  }

  /** Revokes a token of any kind. An opaque token is forgotten, because one that is unknown is not active. */
  revoke(token: string): void {
    if (this.#issued.delete(token)) return
    const exp = expiryIn(claimsIn(token))
    // A JWT without `exp` is never active.
    if (exp !== undefined) this.#revokedJwts.set(token, true, exp)
  }

  /** True for a JWT that was revoked. */
  isRevoked(token: string): boolean {
    return this.#revokedJwts.get(token) === true
  }
}

/** The claims of a JWT. Empty for other tokens. */
function claimsIn(token: string): Claims {
  try {
    return Object(jsonSegmentsOf(token)[1]) as Claims
  } catch {
    return {}
  }
}

/** In seconds. */
function expiryIn({ exp }: Claims): number | undefined {
  return typeof exp === 'number' ? exp : undefined
}

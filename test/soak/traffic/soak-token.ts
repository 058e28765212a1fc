import { randomUUID } from 'node:crypto'
import type { IssueClaims, IssueOptions } from '@bearerkit/core'
import type { DpopClient } from '@bearerkit/testing'
import { clockTolerance, type FrameworkName, scope } from '../deployment.ts'
import { Change, type Obstacle, obstacle } from './change.ts'
import type { Forgery } from './forgeries.ts'

/** An issuer of a soak. */
export interface Issuing {
  readonly name: string
  /** Its `iss`. */
  readonly url: string
  readonly issue: (claims: IssueClaims, options: IssueOptions) => Promise<string>
  /** Bad tokens, signed with its own key unless another one is the fault. */
  readonly forgeries: readonly Forgery[]
  /** Returns why a server may not be able to verify a token with this `kid`. */
  obstacles(kid: string, server: FrameworkName): readonly Obstacle[]
}

/** What a token of a user is for. */
export interface TokenUse {
  /** The client whose key it is bound to. Undefined: any bearer may use it. */
  readonly client: DpopClient | undefined
  /** True if it has the scope of the guarded path. */
  readonly hasScope: boolean
}

/** A token that is good until it expires, is revoked, or its key is gone. */
export class SoakToken {
  readonly issuer: Issuing
  readonly text: string
  readonly sub: string
  readonly jti: string
  readonly use: TokenUse
  readonly #kid: string
  /** In milliseconds since the epoch. */
  readonly expiresAt: number
  readonly revoked = new Change()
  readonly #expired = new Change()

  private constructor(issuer: Issuing, text: string, use: TokenUse) {
    const { sub, jti, exp } = claimsOf(text)
    this.issuer = issuer
    this.text = text
    this.use = use
    this.sub = sub
    this.jti = jti
    this.#kid = kidOf(text)
    this.expiresAt = exp * 1000
    this.#expired.begin(this.expiresAt + clockTolerance)
    this.#expired.complete(this.expiresAt + clockTolerance)
  }

  static async issue(issuer: Issuing, sub: string, use: TokenUse, expiresIn: number): Promise<SoakToken> {
    const claims = { sub, jti: randomUUID(), scope: use.hasScope ? scope : 'profile' }
    const bound = use.client !== undefined && { boundTo: { jkt: use.client.jkt } }
    const text = await issuer.issue(claims, { expiresIn: `${expiresIn}ms`, ...bound })
    return new SoakToken(issuer, text, use)
  }

  get scheme(): 'Bearer' | 'DPoP' {
    return this.use.client === undefined ? 'Bearer' : 'DPoP'
  }

  /** Returns why a server may refuse it. */
  obstaclesAt(server: FrameworkName): Obstacle[] {
    return [
      ...this.issuer.obstacles(this.#kid, server),
      obstacle('401 token_expired', 'expired token', this.#expired),
      obstacle('401 token_revoked', 'revoked token', this.revoked),
    ]
  }
}

export function kidOf(token: string): string {
  return (segmentOf(token, 0) as { kid: string }).kid
}

interface IssuedClaims {
  readonly sub: string
  readonly jti: string
  readonly exp: number
}

function claimsOf(token: string): IssuedClaims {
  return segmentOf(token, 1) as IssuedClaims
}

function segmentOf(token: string, index: number): unknown {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString())
}

import type { JWK } from 'jose'

/** What every subject is told of the issuer. */
export interface Setup {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  readonly alg: 'RS256' | 'ES256'
  /** The issuer's public key, for subjects that are given it rather than fetch it. */
  readonly publicJwk: JWK
}

/** Tokens that come again and again, or tokens never seen before. */
export type TokenKind = 'repeated' | 'new'

/** One way to protect a server. */
export interface Subject<Protection> {
  readonly name: string
  /** `none` and `limit` are what the others are compared with. */
  readonly role: 'ours' | 'peer' | 'none' | 'limit'
  /** The contests it takes part in. Default: both. */
  readonly tokens?: TokenKind
  /** The algorithms it has. Default: all. */
  readonly algs?: readonly Setup['alg'][]
  /** Loads what it needs and nothing else. */
  readonly protection: (setup: Setup) => Promise<Protection>
}

export const ours = 'BearerKit'
export const withoutAuthentication = 'no authentication'
export const theLimit = 'crypto.verify, callback'

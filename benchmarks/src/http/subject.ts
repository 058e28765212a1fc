import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import { type CheckedAlgorithm, inlineSignatureCheck, type SignatureCheck, signatureCheck } from '../signature-check.ts'

/** What every subject knows about the issuer. */
export interface Setup {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  readonly alg: 'RS256' | 'ES256'
  /** The public key of the issuer, for subjects that do not fetch it. */
  readonly publicJwk: JWK
}

/** Tokens that are repeated, or tokens never seen before. */
export type TokenKind = 'repeated' | 'new'

/** One way to protect a server. */
export interface Subject<Protection> {
  readonly name: string
  /** `none` and `limit` are the baselines for the others. */
  readonly role: 'ours' | 'peer' | 'none' | 'limit'
  /** The contests it takes part in. Default: both. */
  readonly tokens?: TokenKind
  /** The algorithms that it supports. Default: all. */
  readonly algs?: readonly Setup['alg'][]
  /** Loads only the modules that it needs. */
  readonly protection: (setup: Setup) => Promise<Protection>
}

export const ours = 'BearerKit'
export const withoutAuthentication = 'no authentication'
/** Only the check of the signature. The faster one is what the others are compared with. */
export const limits: readonly {
  readonly name: string
  readonly checkOf: (alg: CheckedAlgorithm, key: KeyObject) => SignatureCheck
}[] = [
  { name: 'crypto.verify, callback', checkOf: signatureCheck },
  { name: 'crypto.verify, inline', checkOf: inlineSignatureCheck },
]

import type { JSONWebKeySet, JWK } from 'jose'
import type { KeyUse } from '../algorithms.ts'
import type { KeyRef } from './key-ref.ts'
import type { SigningKeys, VerificationKeys } from './key-roles.ts'

/**
 * Who may see the secret part of a key. `none`: nobody, and the public key is not handed out either way but in the
 * JWKS; `public-only`: the public key; `secret-when-allowed`: the secret too, to who asks for it by name.
 */
export type ExportPolicy = 'none' | 'public-only' | 'secret-when-allowed'

/** What key to make. */
export interface KeySpec {
  /** The JOSE name of the algorithm: `ES256`, `RS256`, `Ed25519`, … One key serves one algorithm. */
  alg: string
  /** What the key may be used for. Default: all that its algorithm can do. */
  uses?: readonly KeyUse[]
  /** Default `'public-only'`. */
  exportPolicy?: ExportPolicy
  /** The length of an RSA modulus or an HMAC secret, in bits. Default: the least that RFC 7518 allows. */
  sizeBits?: number
  /** The curve, where the algorithm leaves a choice. */
  curve?: string
  /** The name that all versions share. Default: a random one. */
  kid?: string
  /** A name for people. */
  label?: string
  tags?: Readonly<Record<string, string>>
}

/** What a rotation may change: the next version keeps the rest of the specification. */
export type KeySpecOverrides = Partial<Omit<KeySpec, 'kid'>>

/** The public set, as it is served: RFC 7517 §5. */
export interface PublicJwkSet extends JSONWebKeySet {
  keys: JWK[]
}

/**
 * The seam between keys and everything that uses them. It does not sign or verify tokens: see {@link TokenIssuer} and
 * {@link TokenVerifier}, which ask it only for what {@link SigningKeys} and {@link VerificationKeys} name.
 */
export interface KeyProvider extends SigningKeys, VerificationKeys {
  /** Generates a key; its first version is active at once. */
  createKey(spec: KeySpec): Promise<KeyRef>
  /** Adds a version under the same kid, which signs from now on; the older versions still verify. */
  rotateKey(kid: string, overrides?: KeySpecOverrides): Promise<KeyRef>
  /** Destroys one version, or all: gone at once, with every token it signed. Answers whether anything was there. */
  destroyKey(kid: string, version?: number): Promise<boolean>
  getKey(kid: string, version?: number): Promise<KeyRef>
  /** Ascending version numbers; none for a kid that is not known. */
  listVersions(kid: string): Promise<number[]>
  /** The public JWK; never a secret member. */
  getPublicJwk(kid: string, version?: number): Promise<JWK>
  /** The public set: every version that may still verify. `prefixKids` keeps those whose kid starts with it. */
  jwks(options?: { prefixKids?: string }): Promise<PublicJwkSet>
  /** Remote keys: fetched now. Local keys: nothing to do. */
  refresh(options?: { force?: boolean }): Promise<void>
}

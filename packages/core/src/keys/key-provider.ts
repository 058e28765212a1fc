import type { JWK } from 'jose'
import type { HkdfParameters } from './local/material/derivation.ts'
import type { ImportableKey } from './local/material/read-key.ts'
import type { Support } from './local/material/runtime-support.ts'
import type { KeyRef } from './key-ref.ts'
import type { SigningKeys, VerificationKeys } from './key-roles.ts'
import type { ImportKeySpec, KeySpec, PublicJwkSet, RotationOptions } from './key-specification.ts'

/**
 * The seam between keys and everything that uses them. It does not sign or verify tokens: see {@link TokenIssuer} and
 * {@link TokenVerifier}, which ask it only for what {@link SigningKeys} and {@link VerificationKeys} name.
 */
export interface KeyProvider extends SigningKeys, VerificationKeys {
  /**
   * Generates a key; its first version is active at once.
   *
   * @throws UnsupportedAlgorithmError
   * @throws InvalidKeyError if the specification does not fit together, or another key has the name
   */
  createKey(spec: KeySpec): Promise<KeyRef>
  /**
   * Takes in a key from outside: a JWK, PEM (PKCS#8, SPKI, PKCS#1), a KeyObject or CryptoKey, or the bytes of a secret.
   *
   * @throws InvalidKeyError saying what does not fit: another type or curve, too weak, contradictory members, or a name
   *   that another key has
   */
  importKey(spec: ImportKeySpec, material: ImportableKey, options?: { publicKey?: ImportableKey }): Promise<KeyRef>
  /** Adds a version under the same kid; from its activation on it signs, and the older versions only verify. */
  rotateKey(kid: string, options?: RotationOptions): Promise<KeyRef>
  /**
   * Destroys one version, or all: gone at once, with every token it signed. If the active version is destroyed, the next
   * one that is pending becomes active at once. Answers whether anything was there.
   *
   * @param kid of a key, or the published kid of one version
   */
  destroyKey(kid: string, version?: number): Promise<boolean>
  /**
   * @throws KeyNotFoundError
   * @throws ExportForbiddenError if the secret is asked for and the export policy keeps it in
   */
  getKey(kid: string, version?: number, options?: { includeSecret?: boolean }): Promise<KeyRef>
  /** Ascending version numbers; none for a kid that is not known. */
  listVersions(kid: string): Promise<number[]>
  /** The public JWK; never a secret member. */
  getPublicJwk(kid: string, version?: number): Promise<JWK>
  /** The public set: every version that may still verify. `prefixKids` keeps those whose kid starts with it. */
  jwks(options?: { prefixKids?: string }): Promise<PublicJwkSet>
  /** Remote keys: fetched now. Local keys: nothing to do. */
  refresh(options?: { force?: boolean }): Promise<void>
  /** Bytes from the CSPRNG, 1 to 65,536 of them. */
  randomBytes(length: number): Promise<Uint8Array>
  /** HKDF with SHA-256 (RFC 5869): 1 to 8,160 bytes. */
  hkdf(ikm: Uint8Array, parameters: HkdfParameters): Promise<Uint8Array>
  /** What this provider can do on this runtime. */
  supports(): Support
}

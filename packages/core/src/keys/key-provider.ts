import type { JWK } from 'jose'
import type { HkdfParameters } from './local/material/derivation.ts'
import type { ImportableKey } from './local/material/read-key.ts'
import type { Support } from './local/material/runtime-support.ts'
import type { KeyRef } from './key-ref.ts'
import type { SigningKeys, VerificationKeys } from './key-roles.ts'
import type { EnsuredKeySpec, ImportKeySpec, KeySpec, PublicJwkSet, RotationOptions } from './key-specification.ts'

/**
 * Creates, imports, rotates and publishes keys. It does not sign or verify tokens: {@link TokenIssuer} and
 * {@link TokenVerifier} do, and they use only {@link SigningKeys} and {@link VerificationKeys}.
 */
export interface KeyProvider extends SigningKeys, VerificationKeys {
  /**
   * Generates a key. Its first version is active immediately.
   *
   * @throws UnsupportedAlgorithmError
   * @throws InvalidKeyError if the specification contradicts itself, or the name is already taken
   */
  createKey(spec: KeySpec): Promise<KeyRef>
  /**
   * Makes sure that a key exists. Resolves to the newest version of the key `spec.kid`, and creates the first version if
   * there is none. Calls at the same time create one key. A key that exists is left as it is, even if it differs from the
   * specification: see {@link KeyProvider.rotateKey}.
   *
   * @throws UnsupportedAlgorithmError
   * @throws InvalidKeyError
   */
  ensureKey(spec: EnsuredKeySpec): Promise<KeyRef>
  /**
   * Imports a key: a JWK, PEM (PKCS#8, SPKI, PKCS#1), a KeyObject or CryptoKey, or the bytes of a secret.
   *
   * @throws InvalidKeyError with the reason: wrong type or curve, too weak, contradictory members, or a name that is
   *   already taken
   */
  importKey(spec: ImportKeySpec, material: ImportableKey, options?: { publicKey?: ImportableKey }): Promise<KeyRef>
  /** Adds a version under the same kid. Once it is activated, it signs, and the older versions only verify. */
  rotateKey(kid: string, options?: RotationOptions): Promise<KeyRef>
  /**
   * Destroys one version or all versions. The tokens they signed are rejected immediately. If the active version is
   * destroyed, the next pending version becomes active immediately. Resolves to true if there was something to destroy.
   *
   * @param kid the kid of a key, or the published kid of one version
   */
  destroyKey(kid: string, version?: number): Promise<boolean>
  /**
   * @throws KeyNotFoundError
   * @throws ExportForbiddenError if `includeSecret` is true and the export policy forbids it
   */
  getKey(kid: string, version?: number, options?: { includeSecret?: boolean }): Promise<KeyRef>
  /** Lists the version numbers in ascending order. Empty if the kid is unknown. */
  listVersions(kid: string): Promise<number[]>
  /** Returns the public JWK, without secret members. */
  getPublicJwk(kid: string, version?: number): Promise<JWK>
  /**
   * Returns the public JWK Set: every version that may still verify. `prefixKids` limits it to kids with that prefix.
   */
  jwks(options?: { prefixKids?: string }): Promise<PublicJwkSet>
  /** Fetches remote keys now. Does nothing for local keys. */
  refresh(options?: { force?: boolean }): Promise<void>
  /** Returns 1 to 65,536 bytes from the CSPRNG. */
  randomBytes(length: number): Promise<Uint8Array>
  /** Derives 1 to 8,160 bytes with HKDF and SHA-256 (RFC 5869). */
  hkdf(ikm: Uint8Array, parameters: HkdfParameters): Promise<Uint8Array>
  /** Returns what this provider supports on this runtime. */
  supports(): Support
}

import type { JSONWebKeySet, JWK } from 'jose'
import type { EncryptionAlgorithm, KeyUse, OtherName, SignatureAlgorithm } from '../algorithms.ts'
import type { Duration } from '../configuration/duration.ts'
import type { HkdfParameters } from './local/derivation.ts'
import type { ImportableKey } from './local/read-key.ts'
import type { Support } from './local/runtime-support.ts'
import type { KeyRef } from './key-ref.ts'
import type { SigningKeys, VerificationKeys } from './key-roles.ts'

/**
 * What leaves the provider. `secret-when-allowed` gives the secret to a caller that asks for it by name. `public-only`
 * keeps it in: no call gives it out, and the CryptoKey that {@link KeyRef.keyFor} hands out does not export. `none` also
 * hands out no CryptoKey that signs, because Node's `KeyObject.from` exports any: such a key signs inside of the provider,
 * for a TokenIssuer or through {@link SigningKey.sign}. And it leaves the public JWK out of a {@link KeyRef}, so that it is
 * in the JWKS alone.
 */
export type ExportPolicy = 'none' | 'public-only' | 'secret-when-allowed'

/** What key to make. */
export interface KeySpec {
  /** The JOSE name of the algorithm: `ES256`, `RS256`, `Ed25519`, `A256GCM`, … One key serves one algorithm. */
  alg: SignatureAlgorithm | EncryptionAlgorithm | OtherName
  /** What the key may be used for. Default: all that its algorithm can do. */
  uses?: readonly KeyUse[] | undefined
  /** Default `'public-only'`. */
  exportPolicy?: ExportPolicy | undefined
  /** The length of an RSA modulus or a secret, in bits. Default: the least that RFC 7518 allows. */
  sizeBits?: number | undefined
  /** The curve, where the algorithm leaves a choice. Default: P-256 for ECDH-ES. */
  curve?: string | undefined
  /**
   * The name that all versions share. A version is published as `kid.version` (`orders.1`), unless an import keeps
   * another name: see {@link ImportKeySpec.publishedKid}. So `orders` and `orders.1` cannot both be the kid of a key.
   * Default: for an imported key its `publishedKid`, or else, for a key pair, its RFC 7638 thumbprint. For all others a
   * random one: the hash of a secret would help to guess it, and kids are in the header of every token (RFC 7638 §7).
   */
  kid?: string | undefined
  /** A name for people. */
  label?: string | undefined
  tags?: Readonly<Record<string, string>> | undefined
}

/** What key to import. */
export interface ImportKeySpec extends KeySpec {
  /**
   * The `kid` that tokens of this key already carry: it is published, and its tokens are issued and verified, under this
   * name instead of `kid.version`. It holds for the imported version alone: the next one is published as `kid.version`.
   * No other key may have that name, or be called like a version of it.
   */
  publishedKid?: string | undefined
}

/** What a rotation may change: the next version keeps the rest of the specification. */
export interface RotationOptions extends Partial<Omit<KeySpec, 'kid'>> {
  /** How long the new version is published before it signs. Default: it signs at once. */
  activateAfter?: Duration | undefined
  /** How long versions still verify after they have retired. Default: until they are destroyed by hand. */
  retainFor?: Duration | undefined
}

/** The public set, as it is served: RFC 7517 §5. */
export interface PublicJwkSet extends JSONWebKeySet {
  keys: JWK[]
}

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

import type { JSONWebKeySet, JWK } from 'jose'
import type { EncryptionAlgorithm, KeyUse, OtherName, SignatureAlgorithm } from '../algorithms.ts'
import type { Duration } from '../configuration/duration.ts'

/**
 * Controls what may leave the provider. `secret-when-allowed` returns the secret to callers that ask for it with
 * `includeSecret`. `public-only` never returns the secret, and the CryptoKey from {@link KeyRef.keyFor} is not
 * extractable. `none` also returns no CryptoKey that signs, because Node's `KeyObject.from` can export any CryptoKey:
 * the key signs only inside the provider, for a TokenIssuer or through {@link SigningKey.sign}. `none` also omits the
 * public JWK from {@link KeyRef}, so only the JWKS contains it.
 */
export type ExportPolicy = 'none' | 'public-only' | 'secret-when-allowed'

/** Specifies a key to create. */
export interface KeySpec {
  /** The JOSE name of the algorithm: `ES256`, `RS256`, `Ed25519`, `A256GCM`, … One key serves one algorithm. */
  alg: SignatureAlgorithm | EncryptionAlgorithm | OtherName
  /** What the key may be used for. Default: every use that its algorithm supports. */
  uses?: readonly KeyUse[] | undefined
  /** Default `'public-only'`. */
  exportPolicy?: ExportPolicy | undefined
  /** The length of an RSA modulus or a secret, in bits. Default: the minimum of RFC 7518. */
  sizeBits?: number | undefined
  /** The curve, if the algorithm allows several. Default: P-256 for ECDH-ES. */
  curve?: string | undefined
  /**
   * The name that all versions share. A version is published as `kid.version` (`orders.1`), unless
   * {@link ImportKeySpec.publishedKid} gives it another name. Therefore `orders` and `orders.1` cannot both be kids of
   * keys. Default: the `publishedKid` of an imported key, or else the RFC 7638 thumbprint of an imported key pair.
   * Other keys get a random kid: a hash of the secret would help to guess it, and the header of every token contains
   * the kid (RFC 7638 §7).
   */
  kid?: string | undefined
  /** A human-readable name. */
  label?: string | undefined
  tags?: Readonly<Record<string, string>> | undefined
}

/** Specifies a key that must exist. */
export interface EnsuredKeySpec extends KeySpec {
  kid: string
}

/** Specifies a key to import. */
export interface ImportKeySpec extends KeySpec {
  /**
   * The `kid` that tokens of this key already carry. The key is published, and its tokens are issued and verified,
   * under this name instead of `kid.version`. It applies only to the imported version: the next one is published as
   * `kid.version`. No other key may have that name, or a name that looks like a version of it.
   */
  publishedKid?: string | undefined
  /**
   * Restores an exported version under its number, beside the other versions of its `kid`, or before them. Its tokens are
   * verified again. Default: the first version of a new key.
   */
  version?: number | undefined
  /** When the exported version was created: a Date, or milliseconds since the epoch. Default: now. */
  createdAt?: Date | number | undefined
  /** When it signs from. Default: at once. */
  activatesAt?: Date | number | undefined
  /** When it stops signing. Default: when a higher version takes over. */
  retiresAt?: Date | number | undefined
}

/** What a rotation may change. The next version keeps the rest of the specification. */
export interface RotationOptions extends Partial<Omit<KeySpec, 'kid'>> {
  /** How long the new version is published before it signs. Default: it signs immediately. */
  activateAfter?: Duration | undefined
  /** How long retired versions still verify. Default: until they are destroyed with `destroyKey`. */
  retainFor?: Duration | undefined
  /**
   * Rotates only if this is the newest version. Otherwise somebody else has rotated meanwhile: nothing is made, and the
   * newest version is the answer. So many instances that rotate at once make one version.
   */
  ifNewest?: number | undefined
}

/** The public JWK Set, as served (RFC 7517 §5). */
export interface PublicJwkSet extends JSONWebKeySet {
  keys: JWK[]
}

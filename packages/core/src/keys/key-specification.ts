import type { JSONWebKeySet, JWK } from 'jose'
import type { EncryptionAlgorithm, KeyUse, OtherName, SignatureAlgorithm } from '../algorithms.ts'
import type { Duration } from '../configuration/duration.ts'

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

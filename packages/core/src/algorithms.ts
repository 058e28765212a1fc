/** The JOSE key types: RFC 7518 §6, RFC 8037 §2, and the Algorithm Key Pair (AKP) of RFC 9964. */
export type KeyType = 'RSA' | 'EC' | 'OKP' | 'AKP' | 'oct'

/** The operations a key may be used for: RFC 7517 §4.3, `key_ops`. */
export type KeyUse = 'sign' | 'verify' | 'encrypt' | 'decrypt' | 'wrapKey' | 'unwrapKey' | 'deriveKey' | 'deriveBits'

/** The `alg` values of signatures and MACs, for completion in editors. The table below decides what is supported. */
export type SignatureAlgorithm =
  `${'HS' | 'RS' | 'PS' | 'ES'}${256 | 384 | 512}` | 'ES256K' | 'Ed25519' | 'EdDSA' | `ML-DSA-${44 | 65 | 87}`

/** The `alg` values of encryption and key agreement, for completion in editors. */
export type EncryptionAlgorithm = `A${128 | 192 | 256}GCM` | `A${128 | 256}KW` | 'RSA-OAEP' | 'RSA-OAEP-256' | 'ECDH-ES'

/** Any other string. In a union with literals, plain `string` would absorb them and editors could not complete them. */
export type OtherName = string & {}

/** The names that Web Cryptography uses. The curve is that of a key, and not in the table. */
export interface WebCryptoParameters {
  readonly name: string
  readonly hash?: string
  readonly saltLength?: number
  readonly namedCurve?: string | undefined
}

/** One row of the table: everything the code knows about an algorithm. */
export interface Algorithm {
  /** The JOSE name: the value of the `alg` header, or of `enc` for content encryption. */
  readonly alg: string
  readonly kty: KeyType
  /** The `use` of its published public key: RFC 7517 §4.2. */
  readonly use: 'sig' | 'enc'
  readonly uses: readonly KeyUse[]
  /** The curves it supports; the first is the default. Empty if the algorithm has no curve. */
  readonly curves: readonly string[]
  /** The accepted key lengths in bits; `least` is the default. Absent if the curve or algorithm fixes the length. */
  readonly bits?: { readonly least: number; readonly most: number }
  /** The Web Cryptography parameters, without the curve. */
  readonly webCrypto: WebCryptoParameters
  /** For signatures, the `node:crypto` name of the hash. Absent if the algorithm fixes its own hash. */
  readonly digest?: string
  /** Another name for the same algorithm (RFC 9864). A key for one name accepts the other. */
  readonly alias?: string
  /**
   * For signatures: how long a check takes, in microseconds, measured with Node 20 (RSA: with 2048 bits). Absent if it takes
   * 100 µs or more, or was not measured: such a check is never made on the main thread.
   */
  readonly checkTime?: number
  /**
   * For signatures: how long one takes, in microseconds, measured with Node 20. Absent if it takes much longer, as with RSA, or
   * was not measured: such a signature is never made on the main thread.
   */
  readonly signTime?: number
  /** True if Web Cryptography lacks the algorithm. Its keys are remote `KeyObject`s that can only verify. */
  readonly isNodeOnly?: true
}

const signing: readonly KeyUse[] = ['sign', 'verify']
const encrypting: readonly KeyUse[] = ['encrypt', 'decrypt']
const wrapping: readonly KeyUse[] = ['wrapKey', 'unwrapKey']
const agreeing: readonly KeyUse[] = ['deriveKey', 'deriveBits']

/** RFC 7518 §3.3, §4.3: 2048 bits or more. A longer key could block a thread for minutes. */
export const rsaBits: { readonly least: number; readonly most: number } = { least: 2048, most: 16_384 }

/** Web Cryptography and `node:crypto` use different names for the SHA-2 hashes. */
function hashed(name: string, bits: 256 | 384 | 512): Required<Pick<Algorithm, 'webCrypto' | 'digest'>> {
  return { webCrypto: { name, hash: `SHA-${bits}` }, digest: `sha${bits}` }
}

/** RFC 7518 §3.2: the key is at least as long as the hash. */
function hmac(bits: 256 | 384 | 512): Algorithm {
  const lengths = { least: bits, most: 8192 }
  const webCrypto = { name: 'HMAC', hash: `SHA-${bits}` }
  return { alg: `HS${bits}`, kty: 'oct', use: 'sig', uses: signing, curves: [], bits: lengths, webCrypto }
}

function rsaSignature(family: 'RS' | 'PS', bits: 256 | 384 | 512): Algorithm {
  const alg = `${family}${bits}`
  const row = { alg, kty: 'RSA', use: 'sig', uses: signing, curves: [], bits: rsaBits, checkTime: 25 } as const
  if (family === 'RS') return { ...row, ...hashed('RSASSA-PKCS1-v1_5', bits) }
  const { webCrypto, digest } = hashed('RSA-PSS', bits)
  // RFC 7518 §3.5: the salt is as long as the hash, in bytes.
  return { ...row, digest, webCrypto: { ...webCrypto, saltLength: bits / 8 } }
}

function ecdsa(bits: 256 | 384 | 512, curve: string): Algorithm {
  return { alg: `ES${bits}`, kty: 'EC', use: 'sig', uses: signing, curves: [curve], ...hashed('ECDSA', bits) }
}

/** RFC 8812 §3.1: ECDSA on the curve of Bitcoin, which Web Cryptography does not support. */
function es256k(): Algorithm {
  return { ...ecdsa(256, 'secp256k1'), alg: 'ES256K', uses: ['verify'], isNodeOnly: true }
}

function ed25519(alg: string, alias: string): Algorithm {
  const webCrypto = { name: 'Ed25519' }
  return {
    alg,
    alias,
    kty: 'OKP',
    use: 'sig',
    uses: signing,
    curves: ['Ed25519'],
    webCrypto,
    checkTime: 80,
    signTime: 35,
  }
}

function mlDsa(alg: string): Algorithm {
  return { alg, kty: 'AKP', use: 'sig', uses: signing, curves: [], webCrypto: { name: alg } }
}

/** RFC 7518 §4.4, §5.3: the name fixes the key length. */
function aes(mode: 'GCM' | 'KW', bits: 128 | 192 | 256, uses: readonly KeyUse[]): Algorithm {
  const webCrypto = { name: `AES-${mode}` }
  return {
    alg: `A${bits}${mode}`,
    kty: 'oct',
    use: 'enc',
    uses,
    curves: [],
    bits: { least: bits, most: bits },
    webCrypto,
  }
}

function rsaOaep(alg: string, hash: string): Algorithm {
  const uses = [...encrypting, ...wrapping]
  return { alg, kty: 'RSA', use: 'enc', uses, curves: [], bits: rsaBits, webCrypto: { name: 'RSA-OAEP', hash } }
}

function ecdhEs(kty: 'EC' | 'OKP', curves: readonly string[]): Algorithm {
  return {
    alg: 'ECDH-ES',
    kty,
    use: 'enc',
    uses: agreeing,
    curves,
    webCrypto: { name: kty === 'EC' ? 'ECDH' : 'X25519' },
  }
}

/** All supported algorithms: RFC 7518 §3.1, §4.1, §5.1, RFC 8037 §3, RFC 8812 §3.1, RFC 9864 §2, RFC 9964. */
export const algorithms: readonly Algorithm[] = [
  hmac(256),
  hmac(384),
  hmac(512),
  rsaSignature('RS', 256),
  rsaSignature('RS', 384),
  rsaSignature('RS', 512),
  rsaSignature('PS', 256),
  rsaSignature('PS', 384),
  rsaSignature('PS', 512),
  { ...ecdsa(256, 'P-256'), checkTime: 55, signTime: 30 },
  ecdsa(384, 'P-384'),
  ecdsa(512, 'P-521'),
  es256k(),
  ed25519('Ed25519', 'EdDSA'),
  ed25519('EdDSA', 'Ed25519'),
  mlDsa('ML-DSA-44'),
  mlDsa('ML-DSA-65'),
  mlDsa('ML-DSA-87'),
  aes('GCM', 128, encrypting),
  aes('GCM', 192, encrypting),
  aes('GCM', 256, encrypting),
  aes('KW', 128, wrapping),
  aes('KW', 256, wrapping),
  rsaOaep('RSA-OAEP', 'SHA-1'),
  rsaOaep('RSA-OAEP-256', 'SHA-256'),
  ecdhEs('EC', ['P-256', 'P-384']),
  ecdhEs('OKP', ['X25519']),
]

const byName: ReadonlyMap<unknown, readonly Algorithm[]> = new Map(
  algorithms.map(({ alg }) => [alg, algorithms.filter((row) => row.alg === alg)]),
)

/** Returns the rows of an algorithm. ECDH-ES has one per key type. Names are case-sensitive (RFC 7515 §4.1.1). */
export function algorithmsNamed(alg: unknown): readonly Algorithm[] {
  return byName.get(alg) ?? []
}

/** Returns the algorithms that a key of this type and curve can be used with. */
export function algorithmsFor(kty: unknown, curve: unknown): readonly Algorithm[] {
  return algorithms.filter(
    (row) => row.kty === kty && (row.curves.length === 0 || row.curves.includes(curve as string)),
  )
}

/**
 * Returns the Web Cryptography parameters for importing a key.
 *
 * @param curve the curve of the key, if it has one
 */
export function keyParameters({ kty, webCrypto }: Algorithm, curve: string | undefined): WebCryptoParameters {
  return kty === 'EC' ? { ...webCrypto, namedCurve: curve } : webCrypto
}

/** The supported `alg` values of signatures and MACs. */
export const signatureAlgorithms: readonly string[] = namesWhere((row) => row.use === 'sig')

/**
 * The default of the `algorithms` option. A shared secret is never accepted by default (RFC 8725 §3.2). ES256K must be
 * named, because it is optional (RFC 8812 §3.1) and some builds of OpenSSL lack it.
 */
export const asymmetricSignatureAlgorithms: readonly string[] = namesWhere(
  (row) => row.use === 'sig' && row.kty !== 'oct' && row.isNodeOnly !== true,
)

/** The `alg` values of MACs: RFC 7518 §3.2. */
export const macAlgorithms: readonly string[] = namesWhere((row) => row.use === 'sig' && row.kty === 'oct')

function namesWhere(holds: (row: Algorithm) => boolean): readonly string[] {
  return Object.freeze(algorithms.filter(holds).map((row) => row.alg))
}

/** The key types of JOSE: RFC 7518 §6, RFC 8037 §2, and the Algorithm Key Pair of RFC 9964. */
export type KeyType = 'RSA' | 'EC' | 'OKP' | 'AKP' | 'oct'

/** RFC 7517 §4.3: what a key may be used for. */
export type KeyUse = 'sign' | 'verify' | 'encrypt' | 'decrypt' | 'wrapKey' | 'unwrapKey' | 'deriveKey' | 'deriveBits'

/** The `alg` values of signatures and MACs. Only for editors, which complete them: the table decides. */
export type SignatureAlgorithm =
  `${'HS' | 'RS' | 'PS' | 'ES'}${256 | 384 | 512}` | 'ES256K' | 'Ed25519' | 'EdDSA' | `ML-DSA-${44 | 65 | 87}`

/** The same for encryption and key agreement. */
export type EncryptionAlgorithm = `A${128 | 192 | 256}GCM` | `A${128 | 256}KW` | 'RSA-OAEP' | 'RSA-OAEP-256' | 'ECDH-ES'

/** Any text, beside names that editors complete: `string` alone would absorb them. */
export type OtherName = string & {}

/** One row of the table. Whatever the code must know of an algorithm stands here, and nowhere else. */
export interface Algorithm {
  /** The JOSE name, as in the `alg` header; for content encryption, as in `enc`. */
  readonly alg: string
  readonly kty: KeyType
  /** RFC 7517 §4.2: the `use` under which its public key is published. */
  readonly use: 'sig' | 'enc'
  readonly uses: readonly KeyUse[]
  /** The curves it may run on; the first is the default. Empty where there is no curve. */
  readonly curves: readonly string[]
  /** The key lengths it takes, in bits: the first is the default. Absent where the curve or the algorithm decides. */
  readonly bits?: { readonly least: number; readonly most: number }
  /** The algorithm in the words of Web Cryptography; the curve is added where there is one. */
  readonly webCrypto: { readonly name: string; readonly hash?: string; readonly saltLength?: number }
  /** Of signatures, the hash in the words of `node:crypto`. Absent where the algorithm has its own. */
  readonly digest?: string
  /** RFC 9864: another name for the same algorithm, accepted wherever the key allows this one. */
  readonly alias?: string
  /** Web Cryptography has no such keys: they are a `KeyObject`, are only remote, and only verify. */
  readonly isNodeOnly?: true
}

const signing: readonly KeyUse[] = ['sign', 'verify']
const encrypting: readonly KeyUse[] = ['encrypt', 'decrypt']
const wrapping: readonly KeyUse[] = ['wrapKey', 'unwrapKey']
const agreeing: readonly KeyUse[] = ['deriveKey', 'deriveBits']

/** RFC 7518 §3.3, §4.3: 2048 bits or more. The upper bound keeps one key from occupying a thread for minutes. */
export const rsaBits: { readonly least: number; readonly most: number } = { least: 2048, most: 16_384 }

/** SHA-2 has one name in Web Cryptography, and another in `node:crypto`. */
function hashed(name: string, bits: 256 | 384 | 512): Required<Pick<Algorithm, 'webCrypto' | 'digest'>> {
  return { webCrypto: { name, hash: `SHA-${bits}` }, digest: `sha${bits}` }
}

/** RFC 7518 §3.2: a key of the hash's length or longer. */
function hmac(bits: 256 | 384 | 512): Algorithm {
  const lengths = { least: bits, most: 8192 }
  const webCrypto = { name: 'HMAC', hash: `SHA-${bits}` }
  return { alg: `HS${bits}`, kty: 'oct', use: 'sig', uses: signing, curves: [], bits: lengths, webCrypto }
}

function rsaSignature(family: 'RS' | 'PS', bits: 256 | 384 | 512): Algorithm {
  const row = { alg: `${family}${bits}`, kty: 'RSA', use: 'sig', uses: signing, curves: [], bits: rsaBits } as const
  if (family === 'RS') return { ...row, ...hashed('RSASSA-PKCS1-v1_5', bits) }
  const { webCrypto, digest } = hashed('RSA-PSS', bits)
  // RFC 7518 §3.5: the salt is as long as the hash, in bytes.
  return { ...row, digest, webCrypto: { ...webCrypto, saltLength: bits / 8 } }
}

function ecdsa(bits: 256 | 384 | 512, curve: string): Algorithm {
  return { alg: `ES${bits}`, kty: 'EC', use: 'sig', uses: signing, curves: [curve], ...hashed('ECDSA', bits) }
}

/** RFC 8812 §3.1: the curve of Bitcoin. Web Cryptography does not know it. */
function es256k(): Algorithm {
  return { ...ecdsa(256, 'secp256k1'), alg: 'ES256K', uses: ['verify'], isNodeOnly: true }
}

function ed25519(alg: string, alias: string): Algorithm {
  return { alg, alias, kty: 'OKP', use: 'sig', uses: signing, curves: ['Ed25519'], webCrypto: { name: 'Ed25519' } }
}

function mlDsa(alg: string): Algorithm {
  return { alg, kty: 'AKP', use: 'sig', uses: signing, curves: [], webCrypto: { name: alg } }
}

/** RFC 7518 §4.4, §5.3: the name says the length. */
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

/** The one list of algorithms: RFC 7518 §3.1, §4.1, §5.1, RFC 8037 §3, RFC 8812 §3.1, RFC 9864 §2, RFC 9964. */
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
  ecdsa(256, 'P-256'),
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

/** The rows of an algorithm; ECDH-ES has one per key type. RFC 7515 §4.1.1: names are compared case-sensitively. */
export function algorithmsNamed(alg: unknown): readonly Algorithm[] {
  return byName.get(alg) ?? []
}

/** The rows that a key of this type and curve can serve. */
export function algorithmsFor(kty: unknown, curve: unknown): readonly Algorithm[] {
  return algorithms.filter(
    (row) => row.kty === kty && (row.curves.length === 0 || row.curves.includes(curve as string)),
  )
}

/** The `alg` values of signatures and MACs. */
export const signatureAlgorithms: readonly string[] = namesWhere((row) => row.use === 'sig')

/**
 * What is accepted unless `algorithms` says otherwise. A shared secret is never a default (RFC 8725 §3.2), nor is ES256K,
 * which RFC 8812 §3.1 leaves optional and some builds of OpenSSL do not have.
 */
export const asymmetricSignatureAlgorithms: readonly string[] = namesWhere(
  (row) => row.use === 'sig' && row.kty !== 'oct' && row.isNodeOnly !== true,
)

/** The `alg` values of MACs: RFC 7518 §3.2. */
export const macAlgorithms: readonly string[] = namesWhere((row) => row.use === 'sig' && row.kty === 'oct')

function namesWhere(holds: (row: Algorithm) => boolean): readonly string[] {
  return Object.freeze(algorithms.filter(holds).map((row) => row.alg))
}

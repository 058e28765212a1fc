/** RFC 7517 §4.1, RFC 8037 §2, RFC 9964: the key types of JOSE. */
export type KeyType = 'RSA' | 'EC' | 'OKP' | 'oct'

/** RFC 7517 §4.3: what a key may be used for. */
export type KeyUse = 'sign' | 'verify' | 'encrypt' | 'decrypt' | 'wrapKey' | 'unwrapKey' | 'deriveKey' | 'deriveBits'

/** One row of the table. Whatever the code must know of an algorithm stands here, and nowhere else. */
export interface Algorithm {
  /** The JOSE name, as in the `alg` header. */
  readonly alg: string
  readonly kty: KeyType
  /** RFC 7517 §4.2: the `use` under which its public key is published. */
  readonly use: 'sig' | 'enc'
  readonly uses: readonly KeyUse[]
  /** The curves it may run on; the first is the default. */
  readonly curves?: readonly string[]
  /** RFC 7518 §3.2, §3.3: no shorter key. Generated keys have this length unless `sizeBits` says more. */
  readonly minBits?: number
  /** The hash it is built on, where the key does not decide it. */
  readonly hash?: 'SHA-256' | 'SHA-384' | 'SHA-512'
  /** RFC 9864: another name for the same algorithm, accepted wherever the key allows this one. */
  readonly alias?: string
}

const signing: readonly KeyUse[] = ['sign', 'verify']

function hmac(bits: 256 | 384 | 512): Algorithm {
  return { alg: `HS${bits}`, kty: 'oct', use: 'sig', uses: signing, minBits: bits, hash: `SHA-${bits}` }
}

function rsa(family: 'RS' | 'PS', bits: 256 | 384 | 512): Algorithm {
  return { alg: `${family}${bits}`, kty: 'RSA', use: 'sig', uses: signing, minBits: 2048, hash: `SHA-${bits}` }
}

function ecdsa(bits: 256 | 384 | 512, curve: string): Algorithm {
  return { alg: `ES${bits}`, kty: 'EC', use: 'sig', uses: signing, curves: [curve], hash: `SHA-${bits}` }
}

function ed25519(alg: string, alias: string): Algorithm {
  return { alg, kty: 'OKP', use: 'sig', uses: signing, curves: ['Ed25519'], alias }
}

/** The one list of algorithms: RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2. */
const table: readonly Algorithm[] = [
  hmac(256),
  hmac(384),
  hmac(512),
  rsa('RS', 256),
  rsa('RS', 384),
  rsa('RS', 512),
  rsa('PS', 256),
  rsa('PS', 384),
  rsa('PS', 512),
  ecdsa(256, 'P-256'),
  ecdsa(384, 'P-384'),
  ecdsa(512, 'P-521'),
  ed25519('Ed25519', 'EdDSA'),
  ed25519('EdDSA', 'Ed25519'),
]

const byName: ReadonlyMap<string, Algorithm> = new Map(table.map((row) => [row.alg, row]))

/** The row of an algorithm. RFC 7515 §4.1.1: the name is compared case-sensitively. */
export function algorithmNamed(alg: string): Algorithm | undefined {
  return byName.get(alg)
}

/** The rows that a key of this type and curve can serve. */
export function algorithmsFor(kty: unknown, curve: unknown): readonly Algorithm[] {
  return table.filter((row) => row.kty === kty && (row.curves === undefined || row.curves.includes(curve as string)))
}

export const signatureAlgorithms: readonly string[] = table.filter((row) => row.use === 'sig').map((row) => row.alg)

/** What is accepted unless `algorithms` says otherwise: a shared secret is never a default (RFC 8725 §3.2). */
export const asymmetricSignatureAlgorithms: readonly string[] = signatureAlgorithms.filter(
  (alg) => byName.get(alg)?.kty !== 'oct',
)

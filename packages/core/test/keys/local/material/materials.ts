import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import type { JWK } from 'jose'
import type { KeyUse } from '../../../../src/algorithms.ts'
import { rsaKey } from '../../../support/rsa-keys.ts'

/** One algorithm of the contract, as listed in design.md and not read from the table under test. */
export interface ContractRow {
  readonly alg: string
  /** `oct` with the number of bytes, or the name of one of the {@link pairs}. */
  readonly key: number | PairName
  readonly uses: readonly KeyUse[]
}

export type PairName = 'RSA' | 'P-256' | 'P-384' | 'P-521' | 'Ed25519' | 'X25519'

const signing: readonly KeyUse[] = ['sign', 'verify']
const encrypting: readonly KeyUse[] = ['encrypt', 'decrypt']
const wrapping: readonly KeyUse[] = ['wrapKey', 'unwrapKey']
const agreeing: readonly KeyUse[] = ['deriveKey', 'deriveBits']

const rsaSignatures = 'RS256 RS384 RS512 PS256 PS384 PS512'.split(' ')

export const contract: readonly ContractRow[] = [
  { alg: 'HS256', key: 32, uses: signing },
  { alg: 'HS384', key: 48, uses: signing },
  { alg: 'HS512', key: 64, uses: signing },
  ...rsaSignatures.map((alg): ContractRow => ({ alg, key: 'RSA', uses: signing })),
  { alg: 'ES256', key: 'P-256', uses: signing },
  { alg: 'ES384', key: 'P-384', uses: signing },
  { alg: 'ES512', key: 'P-521', uses: signing },
  { alg: 'Ed25519', key: 'Ed25519', uses: signing },
  { alg: 'EdDSA', key: 'Ed25519', uses: signing },
  { alg: 'A128GCM', key: 16, uses: encrypting },
  { alg: 'A192GCM', key: 24, uses: encrypting },
  { alg: 'A256GCM', key: 32, uses: encrypting },
  { alg: 'A128KW', key: 16, uses: wrapping },
  { alg: 'A256KW', key: 32, uses: wrapping },
  { alg: 'RSA-OAEP', key: 'RSA', uses: [...encrypting, ...wrapping] },
  { alg: 'RSA-OAEP-256', key: 'RSA', uses: [...encrypting, ...wrapping] },
  { alg: 'ECDH-ES', key: 'P-256', uses: agreeing },
  { alg: 'ECDH-ES', key: 'P-384', uses: agreeing },
  { alg: 'ECDH-ES', key: 'X25519', uses: agreeing },
]

export const contractAlgorithms: readonly string[] = [...new Set(contract.map(({ alg }) => alg))]

/** All uses: RFC 7517 §4.3. */
export const allUses: readonly KeyUse[] = [...signing, ...encrypting, ...wrapping, ...agreeing]

/** A key pair that was created elsewhere. */
export interface Pair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** PKCS#8. */
  readonly privatePem: string
  /** SPKI. */
  readonly publicPem: string
  readonly privateJwk: JWK
  readonly publicJwk: JWK
}

const generate = generateKeyPairSync as unknown as (
  type: string,
  options: object,
) => { publicKey: string; privateKey: string }

/** Goes through PEM because of the deadlock of Node 20: see generate-key.ts. */
export function makePair(type: string, parameters: object = {}): Pair {
  const encodings = {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }
  return pairFrom(generate(type, { ...parameters, ...encodings }).privateKey)
}

export function rsaPair(modulusLength = 2048): Pair {
  return pairFrom(rsaKey(modulusLength))
}

function pairFrom(privatePem: string): Pair {
  const privateKey = createPrivateKey(privatePem)
  const publicKey = createPublicKey(privatePem)
  const hasJwk = ['rsa', 'ec', 'ed25519', 'x25519'].includes(privateKey.asymmetricKeyType ?? '')
  return {
    privateKey,
    publicKey,
    privatePem,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    privateJwk: hasJwk ? privateKey.export({ format: 'jwk' }) : {},
    publicJwk: hasJwk ? publicKey.export({ format: 'jwk' }) : {},
  }
}

const makers: Readonly<Record<PairName, () => Pair>> = {
  RSA: () => rsaPair(),
  'P-256': () => makePair('ec', { namedCurve: 'P-256' }),
  'P-384': () => makePair('ec', { namedCurve: 'P-384' }),
  'P-521': () => makePair('ec', { namedCurve: 'P-521' }),
  Ed25519: () => makePair('ed25519'),
  X25519: () => makePair('x25519'),
}

const made = new Map<PairName, Pair>()

/** One pair of each kind for a whole file. */
export function pairOf(name: PairName): Pair {
  const pair = made.get(name) ?? makers[name]()
  made.set(name, pair)
  return pair
}

/** The private JWK of a fresh key for the algorithm; RSA keys are shared. */
export function privateJwkFor({ key }: ContractRow): JWK {
  if (typeof key === 'number') return octJwk(randomBytes(key))
  return key === 'RSA' ? pairOf(key).privateJwk : makers[key]().privateJwk
}

export function octJwk(bytes: Uint8Array): JWK {
  return { kty: 'oct', k: Buffer.from(bytes).toString('base64url') }
}

/** Self-signed, with a key on P-256. */
export const certificatePem = `-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUHcBLCO2HzX9MIOP0EHGbPbDU/cswCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIyMzI0NDNaGA8yMTI2MTAyOTIzMjQ0
M1owDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOUO
ylOvNU/YUnW2A+KcxaLQAGm1OongNDIMv9XQbvXgWBjPtHcJqNNXDTO0Zd39GvIg
w0Dwlw3A9R+W7v/MbH+jUzBRMB0GA1UdDgQWBBR0FgLVPB492kaOjRnAOZ/56Uqo
ejAfBgNVHSMEGDAWgBR0FgLVPB492kaOjRnAOZ/56UqoejAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQCGIipIcNEADKpZPRZEMqYr2EdRA7PYP8dl
1gYs4hbs7gIhALfjQRnwBryZgCgOTfImgU9Tvbw//aemagX1/r9kzMlB
-----END CERTIFICATE-----
`

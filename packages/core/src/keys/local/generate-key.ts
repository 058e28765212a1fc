import { createPublicKey, generateKeyPair, randomBytes, webcrypto } from 'node:crypto'
import { promisify } from 'node:util'
import { type CryptoKey, importJWK, importPKCS8, type JWK } from 'jose'
import type { Algorithm } from '../../algorithms.ts'
import { InvalidKeyError } from '../../errors.ts'

/** Fresh key material. What is secret is a CryptoKey that the runtime does not export. */
export interface KeyMaterial {
  readonly signingKey: CryptoKey
  readonly verificationKey: CryptoKey
  /** What the RFC 7638 thumbprint is taken over. For a symmetric key, the key itself: it goes no further. */
  readonly thumbprintInput: JWK
  /** Absent for symmetric keys. */
  readonly publicJwk: JWK | undefined
}

interface EncodedKeyPair {
  publicKey: string
  privateKey: string
}

const pemEncodings = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const

/**
 * The pair is asked for as PEM, never as key objects: in Node 20, exporting a key that was generated a moment ago can
 * deadlock with the garbage collection of the job that generated it.
 */
const generateEncodedKeyPair = promisify(generateKeyPair) as unknown as (
  type: string,
  options: object,
) => Promise<EncodedKeyPair>

/** Generates a key for the algorithm, of its least length unless `sizeBits` asks for more. */
export async function generateKey(row: Algorithm, sizeBits: number | undefined): Promise<KeyMaterial> {
  if (sizeBits !== undefined && !fits(row, sizeBits)) {
    throw new InvalidKeyError(`sizeBits: ${row.alg} takes ${sizesOf(row)}`)
  }
  const bits = sizeBits ?? row.minBits ?? 0
  return row.kty === 'oct' ? generateSecret(row, bits) : generatePair(row, bits)
}

/** The upper bound keeps one call from occupying a thread for minutes. */
function fits(row: Algorithm, bits: number): boolean {
  return row.minBits !== undefined && bits >= row.minBits && bits <= 16_384 && bits % 8 === 0
}

function sizesOf(row: Algorithm): string {
  return row.minBits === undefined ? 'no size: its curve decides' : `${row.minBits} to 16384 bits, in whole bytes`
}

async function generateSecret(row: Algorithm, bits: number): Promise<KeyMaterial> {
  const secret = randomBytes(bits / 8)
  const parameters = { name: 'HMAC', hash: row.hash ?? 'SHA-256' }
  const key = await webcrypto.subtle.importKey('raw', secret, parameters, false, ['sign', 'verify'])
  const thumbprintInput = { kty: 'oct', k: secret.toString('base64url') }
  return { signingKey: key, verificationKey: key, thumbprintInput, publicJwk: undefined }
}

async function generatePair(row: Algorithm, bits: number): Promise<KeyMaterial> {
  const curve = row.curves?.[0]
  const type = row.kty === 'OKP' ? String(curve).toLowerCase() : row.kty.toLowerCase()
  const pair = await generateEncodedKeyPair(type, { ...pemEncodings, modulusLength: bits, namedCurve: curve })
  const publicJwk: JWK = createPublicKey(pair.publicKey).export({ format: 'jwk' })
  const [signingKey, verificationKey] = await Promise.all([
    importPKCS8(pair.privateKey, row.alg, { extractable: false }),
    importJWK(publicJwk, row.alg) as Promise<CryptoKey>,
  ])
  return { signingKey, verificationKey, thumbprintInput: publicJwk, publicJwk }
}

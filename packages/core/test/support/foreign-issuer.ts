import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { JWK } from 'jose'
import { rsaKey } from './rsa-keys.ts'

export const issuer = 'https://issuer.example.com'
export const audience = 'https://api.example.com'
export const jwksUrl = 'https://issuer.example.com/jwks'

const encodings = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const

const generateEncodedPair = generateKeyPairSync as unknown as (
  type: string,
  options: object,
) => { publicKey: string; privateKey: string }

/** A key pair of another issuer. Generated as PEM: see the deadlock of Node 20 in generate-key.ts. */
export interface ForeignPair {
  readonly privatePem: string
  readonly publicJwk: JWK
  readonly privateJwk: JWK
}

function makePair(type: string, parameters: object): ForeignPair {
  return pairOf(generateEncodedPair(type, { ...parameters, ...encodings }).privateKey)
}

function pairOf(privatePem: string): ForeignPair {
  return {
    privatePem,
    publicJwk: createPublicKey(privatePem).export({ format: 'jwk' }),
    privateJwk: createPrivateKey(privatePem).export({ format: 'jwk' }),
  }
}

export function rsaPair(modulusLength = 2048): ForeignPair {
  return pairOf(rsaKey(modulusLength))
}

export function ecPair(namedCurve = 'P-256'): ForeignPair {
  return makePair('ec', { namedCurve })
}

export function ed25519Pair(): ForeignPair {
  return makePair('ed25519', {})
}

/** Creates a key pair for the algorithm. */
export function pairFor(alg: string): ForeignPair {
  if (alg.startsWith('ES')) return ecPair({ ES256: 'P-256', ES384: 'P-384' }[alg] ?? 'P-521')
  return alg.startsWith('Ed') ? ed25519Pair() : rsaPair()
}

/** Encodes one segment of a compact serialization. Strings and buffers are used as they are, other values as JSON. */
export function segment(content: unknown): string {
  const octets = typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content)
  return Buffer.from(octets as string).toString('base64url')
}

export function unsigned(header: unknown, claims: unknown): string {
  return `${segment(header)}.${segment(claims)}.${segment('signature')}`
}

/** An issuer that signs any header and claims, valid or not, with ES256. */
export class ForeignIssuer {
  readonly kid: string
  readonly pair: ForeignPair = ecPair()
  readonly #key: KeyObject

  constructor(kid = 'foreign-1') {
    this.kid = kid
    this.#key = createPrivateKey(this.pair.privatePem)
  }

  get jwk(): JWK {
    return { ...this.pair.publicJwk, kid: this.kid, alg: 'ES256', use: 'sig' }
  }

  get jwks(): { keys: JWK[] } {
    return { keys: [this.jwk] }
  }

  sign(claims: unknown, header: unknown = { alg: 'ES256', kid: this.kid, typ: 'at+jwt' }): string {
    return this.signSegments(segment(header), segment(claims))
  }

  signSegments(header: string, claims: string): string {
    const input = `${header}.${claims}`
    const signature = sign('sha256', Buffer.from(input), { key: this.#key, dsaEncoding: 'ieee-p1363' })
    return `${input}.${signature.toString('base64url')}`
  }
}

import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { createTestCertificate } from '@bearerkit/testing'

/** Keys of the issuer, a key of somebody else, and a secret that only the issuer knows. */
export type KeyName = 'first' | 'second' | 'ec' | 'stranger' | 'secret'

/** A token as an issuer signs it. Times that are missing are added. */
export interface Token {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly key: KeyName
}

/** The public members of a key, as in a JWK. */
export type PublicMembers = (name: KeyName) => Readonly<Record<string, unknown>>

export interface Keys {
  readonly publicMembers: PublicMembers
  signed(token: Token | string): string
}

export function createKeys(): Keys {
  const rsa = (): { publicKey: KeyObject; privateKey: KeyObject } => generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pairs = { first: rsa(), second: rsa(), stranger: rsa(), ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  const secret = randomBytes(64)
  return {
    publicMembers: (name) => (name === 'secret' ? {} : { ...pairs[name].publicKey.export({ format: 'jwk' }) }),
    signed(token) {
      if (typeof token === 'string') return token
      const input = [token.header, withTimes(token.claims)].map((part) => base64url(JSON.stringify(part))).join('.')
      return `${input}.${base64url(signatureOf(input, token, token.key === 'secret' ? secret : pairs[token.key].privateKey))}`
    },
  }
}

function signatureOf(input: string, { header }: Token, key: KeyObject | Buffer): Buffer {
  const digest = `sha${String(header['alg']).slice(2)}`
  if (Buffer.isBuffer(key)) return createHmac(digest, key).update(input).digest()
  return sign(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
}

/** Issued a minute ago, for an hour. A claim that is undefined stays out. */
function withTimes(claims: Token['claims']): object {
  const now = Math.floor(Date.now() / 1000)
  return { iat: now - 60, exp: now + 3540, ...claims }
}

function base64url(content: string | Buffer): string {
  return Buffer.from(content).toString('base64url')
}

/** A certificate, because many providers publish one with each key. It is never read: RFC 8725 §3.10. */
export const x5c: readonly string[] = [createTestCertificate().der.toString('base64')]

/** A minute ago, for `nbf` and `auth_time`. */
export const aMinuteAgo: number = Math.floor(Date.now() / 1000) - 60

/** A JWKS of these keys, each with the members that its issuer adds. */
export function jwks(key: PublicMembers, keys: readonly (readonly [KeyName, object])[]): object {
  return { keys: keys.map(([name, members]) => ({ ...key(name), ...members })) }
}

import { Octets } from './octets.ts'
import { sha256 } from './sha256.ts'

type Content = string | Uint8Array
type Encoding = 'base64url' | 'binary' | 'buffer'

/** Core uses no other hash at once. */
function checkAlgorithm(algorithm: string): void {
  if (algorithm !== 'sha256') throw new TypeError(`this runtime has no synchronous ${algorithm}`)
}

/** Like `hash` of `node:crypto`. */
export function hash(algorithm: string, content: Content, encoding: Encoding): string | Octets {
  checkAlgorithm(algorithm)
  const digest = Octets.from(sha256(octetsOf(content)))
  return encoding === 'buffer' ? digest : digest.toString(encoding)
}

/** Like `createHmac` of `node:crypto`, for one `update`. */
export function createHmac(algorithm: string, key: Content): { update(content: Content): Digest } {
  checkAlgorithm(algorithm)
  return { update: (content) => new Digest(hmac(octetsOf(key), octetsOf(content))) }
}

class Digest {
  readonly #octets: Uint8Array

  constructor(octets: Uint8Array) {
    this.#octets = octets
  }

  digest(encoding: 'base64url'): string {
    return Octets.from(this.#octets).toString(encoding)
  }
}

/** Like `hkdfSync` of `node:crypto` (RFC 5869), for up to 32 octets. */
export function hkdfSync(algorithm: string, key: Content, salt: Content, info: Content, length: number): Uint8Array {
  checkAlgorithm(algorithm)
  const pseudorandomKey = hmac(octetsOf(salt), octetsOf(key))
  return hmac(pseudorandomKey, Octets.concat([octetsOf(info), Uint8Array.of(1)])).subarray(0, length)
}

/** Compares all octets, whatever they are. */
export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) throw new RangeError('both must have the same length')
  return one.reduce((difference, octet, index) => difference | (octet ^ (other[index] ?? 0)), 0) === 0
}

const blockLength = 64

/** RFC 2104 §2. */
function hmac(key: Uint8Array, content: Uint8Array): Uint8Array {
  const block = new Octets(blockLength)
  block.set(key.length > blockLength ? sha256(key) : key)
  const inner = sha256(Octets.concat([block.map((octet) => octet ^ 0x36), content]))
  return sha256(Octets.concat([block.map((octet) => octet ^ 0x5c), inner]))
}

function octetsOf(content: Content): Uint8Array {
  return typeof content === 'string' ? Octets.from(content) : content
}

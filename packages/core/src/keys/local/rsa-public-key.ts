import type { KeyObject } from 'node:crypto'

/** What makes an RSA public key. */
export interface RsaParameters {
  readonly modulus: bigint
  /** In bits. */
  readonly modulusLength: number
  readonly publicExponent: bigint
}

/**
 * Reads them from the key's DER. `asymmetricKeyDetails` would say the same; but of numbers that are too long for it,
 * OpenSSL keeps an error, and gives it to whoever asks for something else next.
 */
export function rsaParametersOf(publicKey: KeyObject): RsaParameters {
  // RFC 5280 §4.1: the algorithm, and a bit string, which begins with the number of bits to leave out: none.
  const info = contentAt(publicKey.export({ type: 'spki', format: 'der' }), 0).octets
  const bitString = contentAt(info, contentAt(info, 0).end).octets
  // RFC 8017 §A.1.1: two integers.
  const key = contentAt(bitString, 1).octets
  const first = contentAt(key, 0)
  const modulus = integerIn(first.octets)
  const publicExponent = integerIn(contentAt(key, first.end).octets)
  return { modulus, modulusLength: modulus.toString(2).length, publicExponent }
}

interface Content {
  readonly octets: Buffer
  /** Where what comes next begins. */
  readonly end: number
}

/** X.690 §8.1.2, §8.1.3: a tag of one octet, a length, the content. A length over 127 is in octets of its own, after their number. */
function contentAt(der: Buffer, tag: number): Content {
  const length = der.readUInt8(tag + 1)
  const octetsOfLength = length > 127 ? length - 128 : 0
  const start = tag + 2 + octetsOfLength
  const end = start + (octetsOfLength === 0 ? length : der.readUIntBE(tag + 2, octetsOfLength))
  return { octets: der.subarray(start, end), end }
}

/** An unsigned integer, the most significant octet first: as in DER, so in Base64urlUInt (RFC 7518 §2). */
export function integerIn(octets: Buffer): bigint {
  return BigInt(`0x${octets.toString('hex')}`)
}

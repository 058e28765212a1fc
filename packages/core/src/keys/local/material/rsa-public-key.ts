import type { KeyObject } from 'node:crypto'
import { Buffer } from '../../../platform.ts'
import { derElements, integerIn } from './der.ts'

/** The parameters of an RSA public key. */
export interface RsaParameters {
  readonly modulus: bigint
  /** In bits. */
  readonly modulusLength: number
  readonly publicExponent: bigint
}

/**
 * Reads the parameters from the key's DER. `asymmetricKeyDetails` gives the same, but when a number is too long for it,
 * OpenSSL keeps an error that the next, unrelated call reports.
 */
export function rsaParametersOf(publicKey: KeyObject): RsaParameters {
  // RFC 5280 §4.1: the algorithm and a bit string. Its first octet is the number of unused bits: zero.
  const [, bitString = none] = elementsOf(publicKey.export({ type: 'spki', format: 'der' }))
  // RFC 8017 §A.1.1: two integers.
  const [first = none, second = none] = elementsOf(bitString.subarray(1))
  const modulus = integerIn(first)
  return { modulus, modulusLength: modulus.toString(2).length, publicExponent: integerIn(second) }
}

const none = Buffer.alloc(0)

/** Returns the contents of the elements of a single DER sequence. */
function elementsOf(der: Buffer): readonly Buffer[] {
  const [sequence] = derElements(der) ?? []
  return (derElements(sequence?.octets ?? none) ?? []).map(({ octets }) => octets)
}

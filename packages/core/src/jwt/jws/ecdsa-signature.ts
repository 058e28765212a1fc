/** The length of R and of S in octets, which is the length of the curve's order (RFC 7518 §3.4, RFC 8812 §3.2). */
const integerLengths: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66, secp256k1: 32 }

const sequenceTag = 0x30
const integerTag = 0x02

/**
 * Converts an ECDSA signature from the JOSE form (RFC 7518 §3.4: R and S concatenated) to the X.509 form (RFC 3279
 * §2.2.3: a DER sequence of two integers). Returns undefined if its length is wrong for the curve.
 *
 * Node supports both forms. It takes DER with a bare key, and the JOSE form only with an options object. On Node 24,
 * processing that object costs about as much as verifying an RSA signature.
 */
export function toDer(signature: Buffer, curve: string): Buffer | undefined {
  const length = integerLengths[curve]
  if (length === undefined || signature.length !== 2 * length) return undefined
  const integers = Buffer.concat([integer(signature.subarray(0, length)), integer(signature.subarray(length))])
  return Buffer.concat([tagged(sequenceTag, integers.length), integers])
}

/** ITU-T X.690 §8.3: as few octets as possible, with a leading zero if the first bit would make the number negative. */
function integer(octets: Buffer): Buffer {
  const last = octets.length - 1
  let first = 0
  while (octets[first] === 0 && first < last) first += 1
  const magnitude = octets.subarray(first)
  const sign = (magnitude[0] ?? 0) < 0x80 ? nothing : zero
  return Buffer.concat([tagged(integerTag, sign.length + magnitude.length), sign, magnitude])
}

const nothing = Buffer.alloc(0)
const zero = Buffer.alloc(1)

/** ITU-T X.690 §8.1.3: a length up to 127 is one octet. A longer one is preceded by its number of octets. */
function tagged(tag: number, length: number): Buffer {
  return Buffer.from(length < 0x80 ? [tag, length] : [tag, 0x81, length])
}

/** RFC 7518 §3.4, RFC 8812 §3.2: R and S are each as long as the order of the curve, in octets. */
const integerLengths: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66, secp256k1: 32 }

const sequenceTag = 0x30
const integerTag = 0x02

/**
 * An ECDSA signature as JOSE has it (RFC 7518 §3.4: R and S, end to end), in the form that X.509 gives it (RFC 3279
 * §2.2.3: a DER sequence of two integers); undefined if it has not the length that its curve demands.
 *
 * Node understands both. The latter it takes beside a bare key; the former only with options around the key, and on Node 24
 * looking through those costs about as much as checking an RSA signature.
 */
export function toDer(signature: Buffer, curve: string): Buffer | undefined {
  const length = integerLengths[curve]
  if (length === undefined || signature.length !== 2 * length) return undefined
  const integers = Buffer.concat([integer(signature.subarray(0, length)), integer(signature.subarray(length))])
  return Buffer.concat([tagged(sequenceTag, integers.length), integers])
}

/** ITU-T X.690 §8.3: in as few octets as can be, and a zero before them where the first bit would mean a minus. */
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

/** ITU-T X.690 §8.1.3: up to 127 the length is one octet; above, the number of octets stands before it. */
function tagged(tag: number, length: number): Buffer {
  return Buffer.from(length < 0x80 ? [tag, length] : [tag, 0x81, length])
}

/** The length of R and of S in octets, which is the length of the curve's order (RFC 7518 §3.4, RFC 8812 §3.2). */
const integerLengths: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66, secp256k1: 32 }

const sequenceTag = 0x30
const integerTag = 0x02

// An ECDSA signature has two forms. JOSE concatenates R and S (RFC 7518 §3.4). X.509 uses a DER sequence of two integers (RFC 3279
// §2.2.3). Node supports both: DER with a bare key, and the JOSE form only with an options object. On Node 24, processing that
// object takes as long as making a signature.

/** Converts a signature from the JOSE form to DER. Returns undefined if its length is wrong for the curve. */
export function toDer(signature: Buffer, curve: string): Buffer | undefined {
  const length = integerLengths[curve]
  if (length === undefined || signature.length !== 2 * length) return undefined
  // Written from the end, because the length of what follows comes first.
  const der = Buffer.allocUnsafe(3 + 2 * (3 + length))
  const startOfS = prependInteger(der, der.length, signature.subarray(length))
  const startOfR = prependInteger(der, startOfS, signature.subarray(0, length))
  return der.subarray(prependTag(der, startOfR, sequenceTag, der.length - startOfR))
}

/** Converts a DER signature that Node has made to the JOSE form. */
export function fromDer(der: Buffer, curve: string): Buffer {
  const length = integerLengths[curve]
  if (length === undefined) throw new RangeError(`no length is known for the curve ${curve}`)
  const signature = Buffer.alloc(2 * length)
  const startOfR = (der[1] ?? 0) < 0x80 ? 2 : 3
  const startOfS = copyInteger(der, startOfR, signature, length)
  copyInteger(der, startOfS, signature, 2 * length)
  return signature
}

/** Copies an integer so that its last octet comes before `end`, without the leading zero of DER. Returns its end in the DER. */
function copyInteger(der: Buffer, start: number, signature: Buffer, end: number): number {
  const endInDer = start + 2 + (der[start + 1] ?? 0)
  const length = Math.min(endInDer - start - 2, signature.length / 2)
  der.copy(signature, end - length, endInDer - length, endInDer)
  return endInDer
}

/** ITU-T X.690 §8.3: as few octets as possible, with a leading zero if the first bit would make the number negative. */
function prependInteger(der: Buffer, end: number, octets: Buffer): number {
  const last = octets.length - 1
  let first = 0
  while (octets[first] === 0 && first < last) first += 1
  let start = end - (octets.length - first)
  octets.copy(der, start, first)
  if ((octets[first] ?? 0) >= 0x80) der[--start] = 0
  return prependTag(der, start, integerTag, end - start)
}

/** ITU-T X.690 §8.1.3: a length up to 127 is one octet. A longer one is preceded by its number of octets. */
function prependTag(der: Buffer, end: number, tag: number, length: number): number {
  let start = end
  der[--start] = length
  if (length >= 0x80) der[--start] = 0x81
  der[--start] = tag
  return start
}

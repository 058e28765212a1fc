/** One element of an encoding in DER: X.690 §8.1. */
export interface DerElement {
  readonly tag: number
  readonly octets: Buffer
}

/** The universal tags that keys are made of: X.690 §8.3, §8.6, §8.19, §8.9. */
export const derTag = { integer: 0x02, bitString: 0x03, objectIdentifier: 0x06, sequence: 0x30 } as const

/** The elements that fill the octets exactly; undefined if the octets are anything else. */
export function derElements(octets: Uint8Array): readonly DerElement[] | undefined {
  const der = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  const elements: DerElement[] = []
  for (let start = 0; start < der.length;) {
    const content = contentAt(der, start)
    if (content === undefined) return undefined
    elements.push({ tag: der.readUInt8(start), octets: der.subarray(content.start, content.end) })
    start = content.end
  }
  return elements
}

/** X.690 §8.1.3: a length over 127 stands in octets of its own, behind the number of these octets. */
function contentAt(der: Buffer, tag: number): { readonly start: number; readonly end: number } | undefined {
  const length = der[tag + 1]
  if (length === undefined) return undefined
  const octetsOfLength = length > 127 ? length - 128 : 0
  const start = tag + 2 + octetsOfLength
  // Four octets say more than any key is long. 0x80 is an indefinite length, which DER does not have.
  if (length === 128 || octetsOfLength > 4 || start > der.length) return undefined
  const end = start + (octetsOfLength === 0 ? length : der.readUIntBE(tag + 2, octetsOfLength))
  return end > der.length ? undefined : { start, end }
}

/** An unsigned integer, the most significant octet first: as in DER, so in Base64urlUInt (RFC 7518 §2). */
export function integerIn(octets: Buffer): bigint {
  return BigInt(`0x${octets.toString('hex')}`)
}

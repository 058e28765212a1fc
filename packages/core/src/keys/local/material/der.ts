import { Buffer } from '../../../platform.ts'

/** One element of a DER encoding: X.690 §8.1. */
export interface DerElement {
  readonly tag: number
  readonly octets: Buffer
}

/** The universal tags that occur in keys: X.690 §8.3, §8.6, §8.19, §8.9. */
export const derTag = { integer: 0x02, bitString: 0x03, objectIdentifier: 0x06, sequence: 0x30 } as const

/** Parses the octets into DER elements. Returns undefined if the elements do not fill the octets exactly. */
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

/** X.690 §8.1.3: a length over 127 is encoded in separate octets, after the number of these octets. */
function contentAt(der: Buffer, tag: number): { readonly start: number; readonly end: number } | undefined {
  const length = der[tag + 1]
  if (length === undefined) return undefined
  const octetsOfLength = length > 127 ? length - 128 : 0
  const start = tag + 2 + octetsOfLength
  // Four octets are enough for the length of any key. 0x80 is an indefinite length, which DER forbids.
  if (length === 128 || octetsOfLength > 4 || start > der.length) return undefined
  const end = start + (octetsOfLength === 0 ? length : der.readUIntBE(tag + 2, octetsOfLength))
  return end > der.length ? undefined : { start, end }
}

/** Reads an unsigned integer, most significant octet first, as in DER and Base64urlUInt (RFC 7518 §2). */
export function integerIn(octets: Buffer): bigint {
  return BigInt(`0x${octets.toString('hex')}`)
}

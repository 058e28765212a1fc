import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** The DER tags that occur in a certificate: X.690 §8. */
const tags = {
  integer: 0x02,
  bitString: 0x03,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const

function der(tag: keyof typeof tags, ...content: readonly (Buffer | string)[]): Buffer {
  const octets = Buffer.concat(content.map((part) => Buffer.from(part as string)))
  return Buffer.concat([Buffer.from([tags[tag], ...derLength(octets.length)]), octets])
}

/** X.690 §8.1.3: the short form up to 127, then the long form, which starts with the number of length octets. */
function derLength(length: number): number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

const commonName = der('oid', Buffer.from([0x55, 0x04, 0x03]))
const ecdsaWithSha256 = der('sequence', der('oid', Buffer.from('2a8648ce3d040302', 'hex')))
const name = der('sequence', der('set', der('sequence', commonName, der('utf8', 'attacker.example'))))
const validity = der('sequence', der('utcTime', '200101000000Z'), der('utcTime', '491231235959Z'))

/**
 * Creates a valid X.509 certificate (RFC 5280 §4.1) for a key, signed by an unknown authority. The result is DER in
 * base64, as in `x5c` (RFC 7515 §4.1.6). Node cannot create certificates, so this encodes the few fields itself.
 */
export function certificateFor(publicKey: KeyObject): string {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const serialNumber = der('integer', Buffer.from([1]))
  const subjectPublicKey = publicKey.export({ type: 'spki', format: 'der' })
  const toBeSigned = der('sequence', serialNumber, ecdsaWithSha256, name, validity, name, subjectPublicKey)
  const signature = sign('sha256', toBeSigned, authority.privateKey)
  const certificate = der('sequence', toBeSigned, ecdsaWithSha256, der('bitString', Buffer.from([0]), signature))
  return certificate.toString('base64')
}

import { createPublicKey, generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto'

/** The DER tags that occur in a certificate: X.690 §8. The last three are those of GeneralName (RFC 5280 §4.2.1.6). */
const tags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
  dnsName: 0x82,
  uri: 0x86,
  ipAddress: 0x87,
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
const subjectAltName = der('oid', Buffer.from([0x55, 0x1d, 0x11]))
const ecdsaWithSha256 = der('sequence', der('oid', Buffer.from('2a8648ce3d040302', 'hex')))
const validity = der('sequence', der('utcTime', '200101000000Z'), der('utcTime', '491231235959Z'))
const version3 = der('version', der('integer', Buffer.from([2])))

interface Contents {
  readonly name: string
  readonly publicKey: KeyObject
  /** The key of the authority, on the curve P-256. */
  readonly signedWith: KeyObject
  /** GeneralNames in DER. */
  readonly altNames?: readonly Buffer[]
}

/** Encodes an X.509 certificate (RFC 5280 §4.1). Node cannot create certificates, and these few fields are enough. */
function certificate({ name, publicKey, signedWith, altNames = [] }: Contents): Buffer {
  const serialNumber = der('integer', Buffer.from([1]))
  const distinguishedName = der('sequence', der('set', der('sequence', commonName, der('utf8', name))))
  const names = der('octetString', der('sequence', ...altNames))
  const extensions = der('extensions', der('sequence', der('sequence', subjectAltName, names)))
  const fields = [version3, serialNumber, ecdsaWithSha256, distinguishedName, validity, distinguishedName]
  const subjectPublicKey = publicKey.export({ type: 'spki', format: 'der' })
  const toBeSigned = der('sequence', ...fields, subjectPublicKey, ...(altNames.length > 0 ? [extensions] : []))
  const signature = der('bitString', Buffer.from([0]), sign('sha256', toBeSigned, signedWith))
  return der('sequence', toBeSigned, ecdsaWithSha256, signature)
}

/**
 * Creates a valid certificate for a key, signed by an unknown authority. The result is DER in base64, as in `x5c`
 * (RFC 7515 §4.1.6).
 */
export function certificateFor(publicKey: KeyObject): string {
  const { privateKey: signedWith } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return certificate({ name: 'attacker.example', publicKey, signedWith }).toString('base64')
}

/** The options of {@link createTestCertificate}. */
export interface TestCertificateOptions {
  /** The name of the subject. Default `'client.example'`. */
  commonName?: string
  /** A URI in the alternative names of the subject, such as a SPIFFE ID. Default: none. */
  uri?: string
}

/** A self-signed certificate with its key. */
export interface TestCertificate {
  /** The certificate in PEM. */
  readonly cert: string
  /** Its private key in PEM, on the curve P-256. */
  readonly key: string
  /** The certificate in DER. */
  readonly der: Buffer
  /** The `x5t#S256` of tokens that are bound to it: RFC 8705 §3.1. */
  readonly thumbprint: string
}

/**
 * Creates a self-signed certificate with a new key, for a TLS client, or for a TLS server on localhost: `cert` and `key`
 * have the names of the options of `node:tls`. It is valid until 2049.
 *
 * ```ts
 * import { createTestCertificate, createTestIssuer } from '@bearerkit/testing'
 *
 * const issuer = await createTestIssuer()
 * const { cert, key } = createTestCertificate()
 * const token = await issuer.issue({}, { boundTo: { certificate: cert } })
 * // https.request(url, { cert, key, headers: { authorization: `Bearer ${token}` } })
 * await issuer.close()
 * ```
 */
export function createTestCertificate({
  commonName: name = 'client.example',
  uri,
}: TestCertificateOptions = {}): TestCertificate {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const localhost = [der('dnsName', 'localhost'), der('ipAddress', Buffer.from([127, 0, 0, 1]))]
  const octets = certificate({
    name,
    publicKey: createPublicKey(privateKey),
    signedWith: privateKey,
    altNames: uri === undefined ? localhost : [...localhost, der('uri', uri)],
  })
  return {
    cert: pemOf(octets),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    der: octets,
    thumbprint: hash('sha256', octets, 'base64url'),
  }
}

/** RFC 7468 §5: lines of 64 characters. */
function pemOf(octets: Buffer): string {
  const lines = octets.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

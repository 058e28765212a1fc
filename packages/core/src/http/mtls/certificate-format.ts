import type { CertificateFormat } from '../../jwt/binding/mtls-options.ts'
import { base64Octets, pemOctets, readCertificate } from '../../keys/certificate.ts'
import { percentDecoded } from './percent-encoding.ts'
import { certificateInXfcc } from './xfcc.ts'

/** Returns the octets of the certificate, or undefined if the value does not have the format exactly. */
type Reader = (value: string) => Buffer | undefined

const readers: Readonly<Record<CertificateFormat, Reader>> = {
  xfcc: certificateInXfcc,
  'pem-urlencoded': (value) => pemOctets(percentDecoded(value) ?? ''),
  rfc9440: byteSequence,
  'der-base64': base64Octets,
}

/** In characters. Certificates have 1,000 to 4,000, and each proxy that appends to a header adds another. */
const longestValue = 16_384

/**
 * Reads the one certificate in a header value.
 *
 * @returns its DER, or undefined if the value is too long, not in this format, or not exactly one certificate
 */
export function certificateIn(value: string, format: CertificateFormat): Buffer | undefined {
  if (value.length > longestValue) return undefined
  const der = readers[format](value)
  return der && readCertificate(der) && der
}

/** RFC 9440 §2.1, RFC 8941 §3.3.5: base64 between colons. Parameters have no meaning here and are refused. */
function byteSequence(value: string): Buffer | undefined {
  const [, octets] = /^:([^:]*):$/.exec(value) ?? []
  return octets === undefined ? undefined : base64Octets(octets)
}

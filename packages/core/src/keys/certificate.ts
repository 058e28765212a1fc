import { Buffer, hash, X509Certificate } from '../platform.ts'

/** Decodes base64 in its canonical form only: with padding, and nothing but the alphabet (RFC 4648 §3.5, §4). */
export function base64Octets(text: string): Buffer | undefined {
  const octets = Buffer.from(text, 'base64')
  return octets.length > 0 && octets.toString('base64') === text ? octets : undefined
}

/** RFC 7468 §5: one certificate, and no text around it. */
const pem = /^-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END CERTIFICATE-----(?:\r?\n)?$/

/** Returns the octets of the certificate in a PEM text. Whether they are a certificate is not checked. */
export function pemOctets(text: string): Buffer | undefined {
  const [, lines] = pem.exec(text) ?? []
  return lines === undefined ? undefined : base64Octets(lines.replaceAll(/\r?\n/g, ''))
}

/** Reads exactly one X.509 certificate (RFC 5280 §4.1) in DER. */
export function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der)
    // The platform also reads PEM and ignores octets after the certificate.
    return certificate.raw.equals(der) ? certificate : undefined
  } catch {
    return undefined
  }
}

/** Returns the value of `x5t#S256` for a certificate in DER: RFC 8705 §3.1. */
export function certificateThumbprint(der: Uint8Array): string {
  return hash('sha256', der, 'base64url')
}

import {
  callable,
  defaulting,
  flag,
  objectWith,
  oneOf,
  type Reader,
  refuse,
  required,
  switchable,
} from '../../configuration/options.ts'
import type { HttpRequest } from '../../http-message.ts'
import { isHttpToken } from '../../http-token.ts'
import { readsCertificates } from '../../platform.ts'

/** How a proxy writes the certificate of its client into a header. */
export type CertificateFormat = 'xfcc' | 'pem-urlencoded' | 'rfc9440' | 'der-base64'

const formats: readonly CertificateFormat[] = ['xfcc', 'pem-urlencoded', 'rfc9440', 'der-base64']

/** A header in which a proxy sends the certificate of its client. */
export interface ForwardedCertificate {
  /** The name of the header, such as `'client-cert'`. The proxy must remove it from the requests that it receives. */
  readonly header: string
  /**
   * - `'xfcc'`: the certificate in the last element of Envoy's `x-forwarded-client-cert`.
   * - `'pem-urlencoded'`: PEM, percent-encoded, as nginx and the Application Load Balancer of AWS write it.
   * - `'rfc9440'`: DER as a byte sequence, `:base64:`, as in `Client-Cert` (RFC 9440 §2.1).
   * - `'der-base64'`: DER in base64, as HAProxy writes it.
   */
  readonly format: CertificateFormat
  /**
   * Tells whether the sender of this request may set the header: whether it is the proxy, by its address or by a secret
   * that it shares. Otherwise the header is ignored. Must return true or false; anything else is answered with 503.
   */
  readonly trusted: (request: HttpRequest) => boolean
}

/**
 * How tokens are checked that are bound to the client's certificate: RFC 8705 §3.
 *
 * ```ts
 * import { Authenticator } from '@bearerkit/core'
 *
 * const authenticator = new Authenticator({
 *   issuer: 'https://issuer.example.com',
 *   audience: 'https://api.example.com',
 *   mtls: {
 *     required: true,
 *     certificate: {
 *       header: 'client-cert',
 *       format: 'rfc9440',
 *       trusted: ({ socket }) => socket?.remoteAddress === '10.0.0.5',
 *     },
 *   },
 * })
 * ```
 */
export interface MtlsOptions {
  /** If true, every token must be bound to a certificate (`cnf["x5t#S256"]`). Default `false`. */
  required?: boolean | undefined
  /**
   * Where the certificate is: on the TLS connection to this server, which must ask for it (`requestCert`), or in a header
   * of the proxy that ends the TLS connection. Default `'socket'`.
   */
  certificate?: 'socket' | ForwardedCertificate | undefined
}

/** The checked options with defaults. */
export interface MtlsSettings {
  readonly required: boolean
  readonly certificate: 'socket' | ForwardedCertificate
}

/** RFC 9110 §5.1. */
function fieldName(value: unknown, option: string): string {
  if (typeof value === 'string' && isHttpToken(value)) return value
  throw refuse(option, 'must be the name of a header')
}

const forwarded = objectWith<ForwardedCertificate>({
  header: required(fieldName),
  format: required(oneOf(...formats)),
  trusted: required(callable<ForwardedCertificate['trusted']>()),
})

function certificateSource(value: unknown, option: string): 'socket' | ForwardedCertificate {
  if (value === 'socket') return value
  if (typeof value === 'string') throw refuse(option, "must be 'socket', or an object with header, format and trusted")
  return forwarded(value, option, {})
}

const readMtls = switchable<MtlsSettings>({
  required: defaulting(flag, false),
  certificate: defaulting(certificateSource, 'socket'),
})

/** Reads `true`, or the options in full. Returns undefined for `false`. */
export const mtlsSettings: Reader<MtlsSettings | undefined> = (value, option, given) => {
  const settings = readMtls(value, option, given)
  if (settings !== undefined && !readsCertificates)
    throw refuse(option, 'needs `node:crypto` to read certificates, and this runtime does not have it')
  return settings
}

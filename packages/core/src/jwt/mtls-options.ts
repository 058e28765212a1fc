import {
  callable,
  defaulting,
  flag,
  oneOf,
  type Reader,
  readOptions,
  refuse,
  required,
} from '../configuration/options.ts'
import type { HttpRequest } from '../http-message.ts'

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

/** The option `mtls`: tokens that are bound to the certificate of the client (RFC 8705 §3). */
export interface MtlsOptions {
  /** If `true`, tokens that are not bound to a certificate are refused. Default `false`. */
  readonly required?: boolean | undefined
  /** Where the certificate is: the TLS connection to this server, or a header of a proxy. Default `'socket'`. */
  readonly certificate?: 'socket' | ForwardedCertificate | undefined
}

/** The checked option with defaults. */
export interface MtlsSettings {
  readonly required: boolean
  readonly certificate: 'socket' | ForwardedCertificate
}

/** Reads the option `mtls`. Returns undefined if it is off. */
export const mtlsOptions: Reader<MtlsSettings | undefined> = (value) => {
  if (value === undefined || value === false) return undefined
  return readOptions<MtlsSettings>('verifyJwt: option `mtls`', value === true ? {} : value, {
    required: defaulting(flag, false),
    certificate: defaulting(certificateSource, 'socket'),
  })
}

function certificateSource(value: unknown, option: string): 'socket' | ForwardedCertificate {
  if (value === 'socket') return value
  if (typeof value !== 'object' || value === null) throw refuse(option, "must be 'socket', or describe a header")
  return readOptions<ForwardedCertificate>('verifyJwt: option `mtls.certificate`', value, {
    header: required(fieldName),
    format: required(oneOf(...formats)),
    trusted: required(callable<ForwardedCertificate['trusted']>()),
  })
}

/** RFC 9110 §5.1. */
function fieldName(value: unknown, option: string): string {
  if (typeof value === 'string' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(value)) return value
  throw refuse(option, 'must be the name of a header')
}

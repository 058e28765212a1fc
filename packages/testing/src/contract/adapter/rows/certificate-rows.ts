import type { ForwardedCertificate, MtlsOptions, VerifierOptions } from '@bearerkit/core'
import { certificateOf } from '../certificates.ts'
import type { ContractRequest } from '../client.ts'
import { type Outcome, outcomes } from '../outcomes.ts'
import type { AppOptions, AppOptionsFor } from '../stage.ts'
import type { RequestFor, StatusRow } from '../status-row.ts'

const { passes, passesAnonymously, invalid, expired, unproven, anonymous } = outcomes
const unavailable = outcomes.unavailable('verification_unavailable')

const header = 'client-cert'
const secret = { 'x-proxy-secret': 'a secret of the proxy' }

function verifying(mtls: boolean | MtlsOptions, more: VerifierOptions = {}): AppOptions {
  return { verify: { mtls, ...more } }
}

function behindProxy(format: ForwardedCertificate['format'], more: Partial<ForwardedCertificate> = {}): MtlsOptions {
  const trusted: ForwardedCertificate['trusted'] = ({ headers }) =>
    headers['x-proxy-secret'] === secret['x-proxy-secret']
  return { certificate: { header, format, trusted, ...more } }
}

const viaRfc9440 = verifying(behindProxy('rfc9440'))
const viaPem = verifying(behindProxy('pem-urlencoded'))
const viaXfcc = verifying(behindProxy('xfcc'))
const viaBase64 = verifying(behindProxy('der-base64'))
const required = verifying({ ...behindProxy('rfc9440'), required: true })
const optional = verifying(behindProxy('rfc9440'), { mode: 'optional' })
/** JavaScript callers can return other values than a boolean. */
const trustPromised = verifying(behindProxy('rfc9440', { trusted: (async () => true) as never }))
const trustFailing = verifying(behindProxy('rfc9440', { trusted: failing }))
const revoking = verifying(behindProxy('rfc9440'), { isRevoked: async () => true })
const overTls: AppOptionsFor = () => {
  const { cert, key } = certificateOf('app')
  return { verify: { mtls: true }, tls: { cert, key, requestCert: true, rejectUnauthorized: false } }
}
const onlyTrusted: AppOptionsFor = () => {
  const { cert, key } = certificateOf('app')
  return { verify: { mtls: true }, tls: { cert, key, requestCert: true, ca: certificateOf('client').cert } }
}
const withoutTls = verifying(true)
const off: AppOptions = {}

function failing(): never {
  throw new Error('the list of proxies is missing')
}

/** Header values as the proxies write them. */
const sent = {
  rfc9440: (owner: 'client' | 'other' = 'client') => `:${certificateOf(owner).der.toString('base64')}:`,
  base64: () => certificateOf('client').der.toString('base64'),
  escaped: () => encodeURIComponent(certificateOf('client').cert),
  /** With the characters that an Application Load Balancer does not escape. */
  lessEscaped: () => sent.escaped().replaceAll('%2B', '+').replaceAll('%2F', '/').replaceAll('%3D', '='),
  element: (owner: 'client' | 'other' = 'client') => {
    const { cert, thumbprint } = certificateOf(owner)
    const hash = Buffer.from(thumbprint, 'base64url').toString('hex')
    return `By=spiffe://a/b;Hash=${hash};Cert="${encodeURIComponent(cert)}";Subject="CN=a,O=\\"b, c\\"";URI=spiffe://a/c`
  },
}

/** Sends a token that is bound to the client's certificate, with this header of the proxy. */
function forwarded(value: () => string | string[], more: Partial<ContractRequest> = {}): RequestFor {
  return bound(() => ({ [header]: value(), ...secret }), more)
}

function bound(
  headers: () => Record<string, string | string[]> = () => ({}),
  more: Partial<ContractRequest> = {},
): RequestFor {
  return async ({ issuer }) => {
    const token = await issuer.issue({}, { boundTo: { certificate: certificateOf('client').cert } })
    return { path: '/me', ...more, headers: { authorization: `Bearer ${token}`, ...headers() } }
  }
}

/** Sends a token with this `cnf` and the client's certificate. */
function withConfirmation(cnf: () => unknown, claims: object = {}): RequestFor {
  return async ({ issuer }) => {
    const token = await issuer.forge({ claims: { ...claims, cnf: cnf() } })
    return { path: '/me', headers: { authorization: `Bearer ${token}`, [header]: sent.rfc9440(), ...secret } }
  }
}

function toClient(): { 'x5t#S256': string } {
  return { 'x5t#S256': certificateOf('client').thumbprint }
}

function overConnectionOf(owner: 'client' | 'other' | undefined, headers?: () => Record<string, string>): RequestFor {
  return (cast) => bound(headers, { certificate: owner === undefined ? null : certificateOf(owner) })(cast)
}

type CertificateCase = readonly [title: string, options: AppOptionsFor, request: RequestFor, outcome: Outcome]

const cases: readonly CertificateCase[] = [
  ['the certificate of the connection', overTls, overConnectionOf('client'), passes],
  ['another certificate of the connection', overTls, overConnectionOf('other'), unproven],
  ['a connection without a certificate', overTls, overConnectionOf(undefined), unproven],
  ['a connection with a certificate that TLS trusts', onlyTrusted, overConnectionOf('client'), passes],
  [
    'another certificate of the connection, and the right one in a header',
    overTls,
    overConnectionOf('other', () => ({ [header]: sent.rfc9440(), ...secret })),
    unproven,
  ],
  ['a connection without TLS', withoutTls, bound(), unproven],
  ['the certificate as RFC 9440 writes it', viaRfc9440, forwarded(() => sent.rfc9440()), passes],
  ['the certificate as nginx writes it', viaPem, forwarded(sent.escaped), passes],
  ['the certificate as an Application Load Balancer writes it', viaPem, forwarded(sent.lessEscaped), passes],
  ['the certificate as HAProxy writes it', viaBase64, forwarded(sent.base64), passes],
  ['the certificate as Envoy writes it', viaXfcc, forwarded(() => sent.element()), passes],
  [
    'the certificate in the last element of Envoy',
    viaXfcc,
    forwarded(() => `${sent.element('other')},${sent.element()}`),
    passes,
  ],
  [
    'the certificate in an earlier element of Envoy',
    viaXfcc,
    forwarded(() => `${sent.element()},${sent.element('other')}`),
    unproven,
  ],
  ['two lines of Envoy', viaXfcc, forwarded(() => [sent.element('other'), sent.element()]), unproven],
  ['another certificate', viaRfc9440, forwarded(() => sent.rfc9440('other')), unproven],
  ['no certificate', viaRfc9440, bound(() => secret), unproven],
  ['an empty header', viaRfc9440, forwarded(() => ''), unproven],
  ['two header lines', viaRfc9440, forwarded(() => [sent.rfc9440(), sent.rfc9440()]), unproven],
  ['another format', viaRfc9440, forwarded(sent.escaped), unproven],
  ['text that is no certificate', viaRfc9440, forwarded(() => ':YQ==:'), unproven],
  ['the header of a sender that is not the proxy', viaRfc9440, bound(() => ({ [header]: sent.rfc9440() })), unproven],
  ['a certificate if `trusted` throws', trustFailing, forwarded(() => sent.rfc9440()), unavailable],
  ['a certificate if `trusted` returns a promise', trustPromised, forwarded(() => sent.rfc9440()), unavailable],
  ['no certificate in optional mode', optional, bound(() => secret), unproven],
  ['no token in optional mode', optional, () => ({ path: '/me', headers: secret }), passesAnonymously],
  ['no token', viaRfc9440, () => ({ path: '/me', headers: { [header]: sent.rfc9440(), ...secret } }), anonymous],
  ['a bound token that is required', required, forwarded(() => sent.rfc9440()), passes],
  ['a token that is not bound, where it must be', required, withConfirmation(() => undefined), invalid],
  ['a token that is not bound', viaRfc9440, withConfirmation(() => undefined), passes],
  ['a token with `cnf` and the right thumbprint', viaRfc9440, withConfirmation(toClient), passes],
  ['a token with another key in `cnf`', viaRfc9440, withConfirmation(() => ({ jkt: 'x' })), invalid],
  ['a token with a second member in `cnf`', viaRfc9440, withConfirmation(() => ({ ...toClient(), kid: 'x' })), invalid],
  ['a token with an empty `cnf`', viaRfc9440, withConfirmation(() => ({})), invalid],
  ['a token with `cnf: null`', viaRfc9440, withConfirmation(() => null), invalid],
  ['a bound token that has expired', viaRfc9440, withConfirmation(toClient, { exp: 1 }), expired],
  ['a bound token that is revoked', revoking, forwarded(() => sent.rfc9440()), outcomes.revoked],
  ['a bound token if the option is off', off, forwarded(() => sent.rfc9440()), invalid],
]

export const certificateRows: readonly StatusRow[] = cases.map(([title, options, request, outcome]) => {
  return { title, options, request, ...outcome }
})

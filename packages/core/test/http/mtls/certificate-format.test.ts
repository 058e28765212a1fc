import { X509Certificate } from 'node:crypto'
import { createTestCertificate } from '@bearerkit/testing'
import { certificateIn } from '../../../src/http/mtls/certificate-format.ts'
import type { CertificateFormat } from '../../../src/jwt/binding/mtls-options.ts'
import { certificateThumbprint } from '../../../src/keys/certificate.ts'
import { albValue, envoyElement, haproxyValue, nginxValue, rfc9440Value } from './header-values.ts'
import { rfc8705, rfc9440 } from './published-certificates.ts'

const client = new X509Certificate(rfc8705.pem)
const other = new X509Certificate(rfc9440.pem)
const otherPem = rfc9440.pem

function elementOf(certificate: X509Certificate): string {
  return envoyElement({ cert: certificate.toString(), fingerprint256: certificate.fingerprint256 })
}

function thumbprintIn(value: string, format: CertificateFormat): string | undefined {
  const der = certificateIn(value, format)
  return der && certificateThumbprint(der)
}

describe('a certificate is read from a header', () => {
  it.each<[string, CertificateFormat, string]>([
    ['of nginx', 'pem-urlencoded', nginxValue(rfc8705.pem)],
    ['of nginx, with line breaks of Windows', 'pem-urlencoded', nginxValue(rfc8705.pem.replaceAll('\n', '\r\n'))],
    ['of an Application Load Balancer', 'pem-urlencoded', albValue(rfc8705.pem)],
    ['without a line break at the end', 'pem-urlencoded', nginxValue(rfc8705.pem.trim())],
    ['of RFC 9440', 'rfc9440', rfc9440Value(client.raw)],
    ['of HAProxy', 'der-base64', haproxyValue(client.raw)],
    ['of Envoy', 'xfcc', elementOf(client)],
    ['of Envoy with only the certificate', 'xfcc', `Hash=${hashOf(client)};Cert="${nginxValue(rfc8705.pem)}"`],
    [
      'of Envoy with the keys in other cases',
      'xfcc',
      elementOf(client).replace('Cert=', 'CERT=').replace('Hash=', 'hash='),
    ],
    ['of the last of two Envoys', 'xfcc', `${elementOf(other)},${elementOf(client)}`],
    ['of the last of two Envoys, joined with a space', 'xfcc', `${elementOf(other)}, ${elementOf(client)}`],
    ['of Envoy with commas and semicolons in quotes', 'xfcc', elementOf(client).replace('Acme', 'a,b;Cert=c')],
    ['of Envoy with an empty subject and URI', 'xfcc', `Cert="${nginxValue(rfc8705.pem)}";Subject="";URI=`],
  ])('%s', (_, format, value) => {
    expect(thumbprintIn(value, format)).toBe(rfc8705.thumbprint)
  })

  it('as in the example of RFC 9440, appendix A', () => {
    expect(certificateIn(rfc9440.header, 'rfc9440')).toEqual(other.raw)
  })
})

function hashOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase()
}

const base64 = client.raw.toString('base64')
const escaped = nginxValue(rfc8705.pem)
const element = elementOf(client)
const chain = rfc8705.pem + otherPem

describe('a header is unreadable', () => {
  const forms: Readonly<Record<CertificateFormat, readonly (readonly [string, string])[]>> = {
    'pem-urlencoded': [
      ['with two certificates', nginxValue(chain)],
      ['with two values that were joined', `${escaped}, ${escaped}`],
      ['that is not escaped', rfc8705.pem.replaceAll('\n', ' ')],
      ['that was escaped as a form', escaped.replaceAll('%20', '+')],
      ['whose + became a space', escaped.replaceAll('%2B', '%20')],
      ['with text before the certificate', nginxValue(`subject=CN = mtls\n${rfc8705.pem}`)],
      ['with text after the certificate', `${escaped}x`],
      ['with another kind of PEM', nginxValue(rfc8705.pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'))],
      ['with a malformed escape', `${escaped}%`],
      ['with an escape that is not UTF-8', `${escaped}%ff`],
      ['with octets after the certificate', nginxValue(pemOf(Buffer.concat([client.raw, Buffer.of(0)])))],
      ['with a truncated certificate', nginxValue(pemOf(client.raw.subarray(0, -1)))],
      ['without content', nginxValue('-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n')],
      ['in the format of RFC 9440', rfc9440Value(client.raw)],
      ['in the format of Envoy', element],
    ],
    rfc9440: [
      ['without colons', base64],
      ['without the second colon', `:${base64}`],
      ['with two values', `:${base64}:, :${base64}:`],
      ['with a parameter', `:${base64}:;a=1`],
      ['without padding', `:${other.raw.subarray(0, -1).toString('base64').replaceAll('=', '')}:`],
      ['in base64url', `:${base64.replaceAll('+', '-').replaceAll('/', '_')}:`],
      ['with a space', `:${base64.slice(0, 8)} ${base64.slice(8)}:`],
      ['that is empty', '::'],
      ['with PEM', `:${Buffer.from(rfc8705.pem).toString('base64')}:`],
      ['with octets after the certificate', rfc9440Value(Buffer.concat([client.raw, Buffer.of(0)]))],
      ['with two certificates', rfc9440Value(Buffer.concat([client.raw, other.raw]))],
    ],
    'der-base64': [
      ['with colons', `:${base64}:`],
      ['with two values', `${base64}, ${base64}`],
      ['in base64url', base64.replaceAll('+', '-').replaceAll('/', '_')],
      ['with a line break escaped', `${base64}%0A`],
      ['with PEM', Buffer.from(rfc8705.pem).toString('base64')],
      ['with random octets', Buffer.alloc(300, 7).toString('base64')],
      ['with a key', client.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
      ['with two certificates', Buffer.concat([client.raw, other.raw]).toString('base64')],
    ],
    xfcc: [
      ['without a certificate', `By=spiffe://a;Hash=${hashOf(client)};URI=spiffe://b`],
      ['without a certificate in the last element', `${element},By=spiffe://a;Hash=${hashOf(client)}`],
      ['without a certificate in the first element', `By=spiffe://a;Hash=${hashOf(client)},${element}`],
      ['with two certificates in an element', `${element};Cert="${nginxValue(otherPem)}"`],
      ['with the same certificate twice in an element', `${element};Cert="${escaped}"`],
      ['with a chain as the certificate', `Cert="${nginxValue(chain)}"`],
      ['with the hash of another certificate', element.replace(hashOf(client), hashOf(other))],
      ['with two hashes', `${element};Hash=${hashOf(client)}`],
      ['with only a chain', `Chain="${escaped}"`],
      ['without the closing quote', element.slice(0, element.indexOf('";Chain'))],
      ['with text after a closing quote', element.replace('";Chain', '"x;Chain')],
      ['with a quote inside a plain value', element.replace('sa/gateway', 'sa/"gateway"')],
      ['with an empty element', `,${element}`],
      ['with an empty element at the end', `${element},`],
      ['with an empty pair', `${element};`],
      ['with a pair that has no key', `${element};=a`],
      ['with a pair that has no value', `${element};None`],
      ['with an escape at the end', 'Cert="\\'],
      ['in the format of nginx', escaped],
      ['in the format of RFC 9440', rfc9440Value(client.raw)],
    ],
  }
  const rows = Object.entries(forms).flatMap(([format, values]) =>
    values.map(([title, value]) => [format as CertificateFormat, title, value] as const),
  )

  it.each(rows)('in the format %s: %s', (format, _, value) => {
    expect(certificateIn(value, format)).toBeUndefined()
  })

  it.each<CertificateFormat>(['xfcc', 'pem-urlencoded', 'rfc9440', 'der-base64'])(
    'in the format %s: empty, and longer than 16,384 characters',
    (format) => {
      expect(certificateIn('', format)).toBeUndefined()
      expect(certificateIn('a'.repeat(16_385), format)).toBeUndefined()
    },
  )

  it('if it is longer than 16,384 characters, also with a good certificate', () => {
    expect(certificateIn(`${element};DNS=${'a'.repeat(16_384)}`, 'xfcc')).toBeUndefined()
    expect(certificateIn(`${element};DNS=${'a'.repeat(8_000)}`, 'xfcc')).toBeDefined()
  })
})

function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

describe('a client cannot add an element to the header of Envoy', () => {
  const victim = createTestCertificate({ commonName: 'victim.example' })
  const forgedElement = `Hash=${hashOf(new X509Certificate(victim.cert))};Cert="${encodeURIComponent(victim.cert)}"`

  /** Envoy writes names without quotes. */
  function valueFor(uri: string): string {
    const { cert } = createTestCertificate({ uri })
    return `By=spiffe://a;Hash=${hashOf(new X509Certificate(cert))};Cert="${encodeURIComponent(cert)}";URI=${uri}`
  }

  it.each([
    ['with a comma in a name of its certificate', `spiffe://b,${forgedElement}`],
    ['with several elements in a name', `spiffe://b,URI=x,${forgedElement}`],
    ['with a semicolon in a name', `spiffe://b;${forgedElement}`],
    ['with a certificate without quotes', `spiffe://b,Cert=${encodeURIComponent(victim.cert)}`],
    ['with a second certificate without quotes', `spiffe://b;Cert=${encodeURIComponent(victim.cert)}`],
  ])('%s', (_, uri) => {
    expect(certificateIn(valueFor(uri), 'xfcc')).toBeUndefined()
  })

  it('and a certificate with an ordinary name is read', () => {
    expect(certificateIn(valueFor('spiffe://b?c=d'), 'xfcc')).toBeDefined()
  })

  it.each([
    ['an open quote', 'By="'],
    ['an open quote after an escape', 'By="\\'],
    ['an element of its own', forgedElement.replace('Cert="', 'Cert="x')],
  ])('with %s that Envoy forwards before its own element', (_, sent) => {
    expect(certificateIn(`${sent},${valueFor('spiffe://b')}`, 'xfcc')).toBeUndefined()
  })
})

import { createTestCertificate } from '@bearerkit/testing'
import type { HttpRequest } from '../../../src/http-message.ts'
import { ForwardedCertificates } from '../../../src/http/mtls/forwarded-certificate.ts'
import type { ForwardedCertificate } from '../../../src/jwt/binding/mtls-options.ts'
import { isErrorNamed } from '../../../src/recognized-errors.ts'

const { der, thumbprint } = createTestCertificate()
const value = `:${der.toString('base64')}:`
const options: ForwardedCertificate = { header: 'Client-Cert', format: 'rfc9440', trusted: () => true }

function requestWith(...values: readonly string[]): HttpRequest {
  const rawHeaders = values.flatMap((one) => ['CLIENT-cert', one])
  return { headers: values.length === 0 ? {} : { 'client-cert': values.join(', ') }, rawHeaders }
}

/** Returns the thumbprint, or the kind of failure. */
function outcomeOf(request: HttpRequest, own: Partial<ForwardedCertificate> = {}): unknown {
  try {
    return new ForwardedCertificates({ ...options, ...own }).thumbprintOf(request)
  } catch (error) {
    return isErrorNamed('ProofError', error) ? error.fault : (error as { code: string }).code
  }
}

describe('a certificate in the header of a proxy', () => {
  it.each<[string, HttpRequest, unknown]>([
    ['counts', requestWith(value), thumbprint],
    ['counts without raw headers', { headers: { 'client-cert': value } }, thumbprint],
    ['is missing without the header', requestWith(), undefined],
    ['is missing with an empty header', requestWith(''), undefined],
    ['is unreadable in another format', requestWith(der.toString('base64')), 'certificate_unreadable'],
    ['is unreadable in two lines', requestWith(value, value), 'certificate_unreadable'],
    ['is unreadable in two lines, one of them empty', requestWith(value, ''), 'certificate_unreadable'],
    [
      'is unreadable in two lines of which Node shows only one',
      { headers: { 'client-cert': value }, rawHeaders: ['Client-Cert', value, 'client-cert', value] },
      'certificate_unreadable',
    ],
    ['is unreadable as a list', { headers: { 'client-cert': [value] } }, 'certificate_unreadable'],
  ])('%s', (_, request, expected) => {
    expect(outcomeOf(request)).toBe(expected)
  })

  it.each<[string, unknown, unknown]>([
    ['counts if the sender may set it', () => true, thumbprint],
    ['is missing if the sender may not set it', () => false, undefined],
    ['is our own trouble if `trusted` throws', trustFailing, 'verification_unavailable'],
    ['is our own trouble if `trusted` returns a promise', async () => true, 'verification_unavailable'],
    ['is our own trouble if `trusted` returns 1', () => 1, 'verification_unavailable'],
    ['is our own trouble if `trusted` returns nothing', () => undefined, 'verification_unavailable'],
  ])('%s', (_, trusted, expected) => {
    expect(outcomeOf(requestWith(value), { trusted: trusted as () => boolean })).toBe(expected)
  })

  it('is our own trouble if `trusted` returns a promise, whose rejection ends nothing', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): unknown => unhandled.push(reason)
    process.on('unhandledRejection', note)
    const trusted = (async () => trustFailing()) as never
    expect(outcomeOf(requestWith(value), { trusted })).toBe('verification_unavailable')
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('is missing if it is unreadable and the sender may not set it', () => {
    expect(outcomeOf(requestWith('x', 'y'), { trusted: () => false })).toBeUndefined()
  })

  it('is accepted from the sender that `trusted` recognizes, by the request', () => {
    const trusted = ({ socket }: HttpRequest): boolean => socket?.remoteAddress === '10.0.0.1'
    const from = (remoteAddress: string): HttpRequest => ({ ...requestWith(value), socket: { remoteAddress } })
    expect(outcomeOf(from('10.0.0.1'), { trusted })).toBe(thumbprint)
    expect(outcomeOf(from('10.0.0.2'), { trusted })).toBeUndefined()
  })

  it('is asked for at each request, also if the same value was trusted before', () => {
    let isTrusted = true
    const certificates = new ForwardedCertificates({ ...options, trusted: () => isTrusted })
    expect(certificates.thumbprintOf(requestWith(value))).toBe(thumbprint)
    isTrusted = false
    expect(certificates.thumbprintOf(requestWith(value))).toBeUndefined()
  })
})

function trustFailing(): never {
  throw new Error('the list of proxies cannot be read')
}

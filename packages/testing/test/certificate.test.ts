import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { createTestCertificate } from '@bearerkit/testing'

describe('a test certificate', () => {
  const { cert, key, der, thumbprint } = createTestCertificate({ commonName: 'reports.example', uri: 'spiffe://a/b' })
  const certificate = new X509Certificate(cert)

  it('is self-signed by its own key', () => {
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(certificate.checkIssued(certificate)).toBe(true)
  })

  it('has the given names, and those of a server on this machine', () => {
    expect(certificate.subject).toBe('CN=reports.example')
    expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, URI:spiffe://a/b')
  })

  it('is valid now', () => {
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now())
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now())
  })

  it('is the same in PEM and DER', () => {
    expect(certificate.raw).toEqual(der)
    expect(certificate.toString()).toBe(cert)
  })

  it('has the thumbprint of RFC 8705, section 3.1', () => {
    expect(thumbprint).toBe(createHash('sha256').update(der).digest('base64url'))
  })

  it('has another key each time', () => {
    expect(createTestCertificate().thumbprint).not.toBe(createTestCertificate().thumbprint)
  })
})

import { createTestCertificate, type TestCertificate } from '../../tokens/certificate.ts'

/** The certificates of the contract: the client of bound tokens, somebody else, and the app with TLS. */
type Owner = 'client' | 'other' | 'app'

const created = new Map<Owner, TestCertificate>()

/** Created at the first use, so that importing this package costs nothing. */
export function certificateOf(owner: Owner): TestCertificate {
  const certificate = created.get(owner) ?? createTestCertificate({ commonName: `${owner}.example` })
  created.set(owner, certificate)
  return certificate
}

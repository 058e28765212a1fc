import { TokenVerifier } from '@bearerkit/core'
import type { TestIssuer } from '@bearerkit/testing'

/** A verifier with default options that has fetched its keys and verified one token. */
export async function warmVerifier(issuer: TestIssuer): Promise<TokenVerifier> {
  const { audience, jwksUrl } = issuer
  const verifier = new TokenVerifier({ issuer: issuer.issuer, audience, jwksUrl })
  await verifier.verify(await issuer.issue())
  return verifier
}

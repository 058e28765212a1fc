import { createPublicKey, type KeyObject } from 'node:crypto'
import type { TestIssuer } from '@bearerkit/testing'

/** The issuer's public key, for those that take it as it is. */
export async function publicKey({ keys }: TestIssuer): Promise<KeyObject> {
  return createPublicKey({ key: await keys.getPublicJwk('test'), format: 'jwk' })
}

export async function publicPem(issuer: TestIssuer): Promise<string> {
  return (await publicKey(issuer)).export({ type: 'spki', format: 'pem' }).toString()
}

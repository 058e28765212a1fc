import { createPublicKey, type KeyObject } from 'node:crypto'
import type { TestIssuer } from '@bearerkit/testing'

/** The public key of the issuer, for subjects that do not fetch it. */
export async function publicKey({ keys }: TestIssuer): Promise<KeyObject> {
  return createPublicKey({ key: await keys.getPublicJwk('test'), format: 'jwk' })
}

export async function publicPem(issuer: TestIssuer): Promise<string> {
  return (await publicKey(issuer)).export({ type: 'spki', format: 'pem' }).toString()
}

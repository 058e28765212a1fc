import { LocalKeyProvider } from '@bearerkit/core'
import type { Cast } from './step.ts'

/** Keys with a secret of HS256. The bytes of a text are those of its UTF-8. */
export async function keysOfSecret(
  secret: string | Buffer,
  names: { readonly publishedKid?: string } = {},
): Promise<LocalKeyProvider> {
  const keys = new LocalKeyProvider()
  await keys.importKey({ alg: 'HS256', ...names }, Buffer.from(secret))
  return keys
}

/** Keys with the issuer's public key, under the kid that its tokens name. */
export async function keysOfPem({ pem, kid }: Cast): Promise<LocalKeyProvider> {
  const keys = new LocalKeyProvider()
  await keys.importKey({ alg: 'RS256', publishedKid: kid }, pem)
  return keys
}

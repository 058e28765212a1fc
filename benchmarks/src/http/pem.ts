import { createPublicKey } from 'node:crypto'
import type { Setup } from './subject.ts'

/** The issuer's public key, for those that take PEM. */
export function pemOf({ publicJwk }: Pick<Setup, 'publicJwk'>): string {
  return createPublicKey({ key: publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
}

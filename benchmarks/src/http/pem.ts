import { createPublicKey } from 'node:crypto'
import type { Setup } from './subject.ts'

/** The public key of the issuer, for peers that need PEM. */
export function pemOf({ publicJwk }: Pick<Setup, 'publicJwk'>): string {
  return createPublicKey({ key: publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
}

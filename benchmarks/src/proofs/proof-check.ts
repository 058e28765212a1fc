import { createPublicKey, type KeyObject } from 'node:crypto'
import { type SignatureCheck, signatureCheck } from '../signature-check.ts'
import type { BoundToken } from './bound-tokens.ts'

export const theLimit = 'crypto.verify of the proof, callback'

/** The limit: only the signature of the proof, with a key that was imported before. */
export function proofCheck(publicJwk: BoundToken['client']['publicJwk']): SignatureCheck {
  const key: KeyObject = createPublicKey({ key: publicJwk, format: 'jwk' })
  return signatureCheck('ES256', key)
}

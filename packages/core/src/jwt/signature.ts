import { compactVerify, errors } from 'jose'
import type { VerificationKey } from '../keys/key-roles.ts'

/** Whether this key made the signature of this token. The one place where a signature is checked. */
export async function isSignedBy(token: string, alg: string, key: VerificationKey): Promise<boolean> {
  try {
    await compactVerify(token, await key.cryptoKey(alg), { algorithms: [alg] })
    return true
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return false
    throw error
  }
}

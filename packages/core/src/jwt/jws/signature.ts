import type { webcrypto as types } from 'node:crypto'
import type { CryptoKey } from 'jose'
import { type Algorithm, algorithmsNamed } from '../../algorithms.ts'
import { continued } from '../../callback.ts'
import type { VerificationKey } from '../../keys/key-roles.ts'
import { isSignatureByKeyObject, isSignatureOf, webcrypto } from '../../platform.ts'
import type { Signed } from './compact-jws.ts'

/**
 * True if the signature verifies with this key (RFC 7515 §5.2). The only place where a signature is verified. The platform
 * checks it; the tests compare the results with jose.
 */
export function isSignedBy(signed: Signed, alg: string, key: VerificationKey): boolean | Promise<boolean> {
  const [row] = algorithmsNamed(alg)
  if (row === undefined) return false
  if (row.isNodeOnly === true) return isSignatureByKeyObject(signed, row, key.keyObject?.(alg))
  const check = row.kty === 'oct' ? isMacOf : isSignatureOf
  return continued(key.cryptoKey(alg), (imported) => check(signed, row, imported))
}

/** Compares in constant time (RFC 7518 §3.2). Uses Web Cryptography, so the secret need not be extractable. */
async function isMacOf(
  { signingInput, signature }: Signed,
  { webCrypto: { name, hash } }: Algorithm,
  key: CryptoKey,
): Promise<boolean> {
  // RFC 8725 §3.1: a key is for one algorithm. Web Cryptography uses the key's hash and does not see the header.
  if ((key.algorithm as types.HmacKeyAlgorithm).hash.name !== hash) return false
  return webcrypto.subtle.verify(name, key, signature, signingInput)
}

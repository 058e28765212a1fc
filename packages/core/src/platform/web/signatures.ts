import type { CryptoKey } from 'jose'
import type { Algorithm } from '../../algorithms.ts'
import type { Signed } from '../../jwt/jws/compact-jws.ts'

/** Checks a signature with Web Cryptography, which always needs a promise. */
export async function isSignatureOf(
  { signingInput, signature }: Signed,
  { webCrypto }: Algorithm,
  key: CryptoKey,
): Promise<boolean> {
  const { name, hash } = key.algorithm as { readonly name: string; readonly hash?: { readonly name: string } }
  // RFC 8725 §3.1: a key is for one algorithm. For RSA, Web Cryptography uses the key's hash and does not see the header.
  if (name !== webCrypto.name || (hash !== undefined && hash.name !== webCrypto.hash)) return false
  return crypto.subtle.verify(webCrypto, key, signature, signingInput)
}

/** Web Cryptography does not have these algorithms. */
export function isSignatureByKeyObject(): boolean {
  return false
}

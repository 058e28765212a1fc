import type { Signed } from '../../src/jwt/jws/compact-jws.ts'

/** Returns the signing input and the signature of a token. Works for payloads that are not claims. */
export function signedPartsOf(token: string): Signed {
  const end = token.lastIndexOf('.')
  return { signingInput: Buffer.from(token.slice(0, end)), signature: Buffer.from(token.slice(end + 1), 'base64url') }
}

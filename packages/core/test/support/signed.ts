import type { Signed } from '../../src/jwt/jws/compact-jws.ts'

/** What of a token its signature is checked by, also where there are no claims in it. */
export function signedPartsOf(token: string): Signed {
  const end = token.lastIndexOf('.')
  return { signingInput: Buffer.from(token.slice(0, end)), signature: Buffer.from(token.slice(end + 1), 'base64url') }
}

import type { JsonObject } from './segments.ts'

/** Other tokens that get sent in place of access tokens, by their `typ` in lower case without `application/`. */
const kinds: Readonly<Record<string, string>> = {
  'logout+jwt': 'a logout token (OpenID Connect Back-Channel Logout)',
  'dpop+jwt': 'a DPoP proof (RFC 9449), which belongs into the header `DPoP`',
  'secevent+jwt': 'a security event token (RFC 8417)',
  'id_token+jwt': 'an ID token',
  'oauth-authz-req+jwt': 'a request object (RFC 9101)',
  'token-introspection+jwt': 'an answer of an introspection endpoint (RFC 9701)',
  'client-authentication+jwt': 'a client assertion',
  'rt+jwt': 'a refresh token',
  'refresh+jwt': 'a refresh token',
}

export function kindOfType(typ: unknown): string | undefined {
  const name = String(typ)
    .toLowerCase()
    .replace(/^application\//, '')
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined
}

/** Claims that OpenID Connect Core 1.0 §2, §3.1.3.6 and §3.3.2.11 define for ID tokens alone. */
const claimsOfIdTokens = ['nonce', 'at_hash', 'c_hash', 's_hash']

/** True if these look like the claims of an ID token. Access tokens have scopes; some issuers give them a `nonce` too. */
export function isIdToken(claims: JsonObject): boolean {
  const hasScope = ['scope', 'scp'].some((claim) => Object.hasOwn(claims, claim))
  return !hasScope && claimsOfIdTokens.some((claim) => Object.hasOwn(claims, claim))
}

export const sendAccessToken =
  'This looks like an ID token, which tells the client who has logged in. Send the `access_token` of the same token response.'

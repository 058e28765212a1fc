import { claimAt, type ClaimPath } from './claim-path.ts'

const scopeTokens = /[^ ]+/g

/** True if the text is one valid scope-token: RFC 6749 Appendix A.4. */
export function isScopeToken(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)
}

/**
 * Returns the scopes that a challenge or metadata may name, each once. `offline_access` asks the authorization server for a
 * refresh token (OpenID Connect Core §11), so it belongs to no resource, and clients that request what they read here should
 * not be told to ask for it.
 */
export function namedScopes(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)].filter((scope) => scope !== 'offline_access')
}

/** Returns true if a granted scope includes a required one, for scopes that form a hierarchy. */
export type ScopeInclusion = (granted: string, required: string) => boolean

/**
 * Returns the scopes of a token from the claim at `scopeClaim`, by default `scope` (RFC 6749 §3.3) or else `scp`. The
 * claim is a string separated by spaces, or an array. A value of any other type grants no scope.
 */
export function scopesOf(claims: Readonly<Record<string, unknown>>, scopeClaim?: ClaimPath): readonly string[] {
  const granted = scopeClaim === undefined ? (claims['scope'] ?? claims['scp']) : claimAt(claims, scopeClaim)
  if (typeof granted === 'string') return Object.freeze(granted.match(scopeTokens) ?? [])
  if (!Array.isArray(granted)) return Object.freeze([])
  return Object.freeze(granted.filter((scope): scope is string => typeof scope === 'string' && scope !== ''))
}

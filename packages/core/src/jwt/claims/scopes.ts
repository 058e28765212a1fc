import { claimAt, type ClaimPath } from './claim-path.ts'

const scopeTokens = /[^ ]+/g

/** Whether the text is one scope: RFC 6749 Appendix A.4. */
export function isScopeToken(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)
}

/**
 * The scopes of a token, from the claim at the path, or else `scope` (RFC 6749 §3.3), or else `scp`: a string with
 * spaces, or an array. A value of any other shape grants nothing.
 */
export function scopesOf(claims: Readonly<Record<string, unknown>>, scopeClaim?: ClaimPath): readonly string[] {
  const granted = scopeClaim === undefined ? (claims['scope'] ?? claims['scp']) : claimAt(claims, scopeClaim)
  if (typeof granted === 'string') return Object.freeze(granted.match(scopeTokens) ?? [])
  if (!Array.isArray(granted)) return Object.freeze([])
  return Object.freeze(granted.filter((scope): scope is string => typeof scope === 'string' && scope !== ''))
}

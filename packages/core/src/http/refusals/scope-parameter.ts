import { namedScopes } from '../../jwt/claims/scopes.ts'

/** Returns the `scope` of a challenge (RFC 6750 §3). Undefined if no scope may be named. */
export function scopeParameter(scopes: readonly string[]): string | undefined {
  const named = namedScopes(scopes)
  return named.length === 0 ? undefined : named.join(' ')
}

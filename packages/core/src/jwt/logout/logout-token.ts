import { TokenError } from '../../errors.ts'
import { earliestMoment } from '../../revocation/tokens-to-revoke.ts'
import type { AccessTokenClaims } from '../jws/compact-jws.ts'

/** The claims of a logout token: OpenID Connect Back-Channel Logout 1.0 §2.4. At least one of `sub` and `sid` is there. */
export interface LogoutTokenClaims extends AccessTokenClaims {
  iat: number
  jti: string
  sub?: string
  sid?: string
}

/** Section 2.4 requires these, besides `iss`. */
export const requiredLogoutClaims = ['aud', 'iat', 'exp', 'jti', 'events'] as const

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** Section 2.4 has each of them as a string, and an empty one names nothing. */
const names = ['jti', 'sub', 'sid'] as const

/**
 * Checks the claims that only logout tokens have: OpenID Connect Back-Channel Logout 1.0 §2.6, steps 4 to 6.
 *
 * @param claims that passed the checks of any token
 * @throws TokenError `claim_missing`, `claim_invalid`
 */
export function checkLogoutClaims(claims: Readonly<AccessTokenClaims>): Readonly<LogoutTokenClaims> {
  const { iat = 0, sub, sid, events } = claims
  if (sub === undefined && sid === undefined) throw new TokenError('claim_missing', { claim: 'sub or sid' })
  for (const claim of names) {
    const value = claims[claim]
    if (value !== undefined && (typeof value !== 'string' || value === '')) throw invalid(claim)
  }
  // A logout revokes the tokens that were issued before it, and `revoke` accepts no earlier time.
  if (iat * 1000 < earliestMoment) throw invalid('iat')
  if (!isObject(events) || !Object.hasOwn(events, logoutEvent) || !isObject(events[logoutEvent]))
    throw invalid('events')
  // An ID token of a login has one: section 4.1.
  if (Object.hasOwn(claims, 'nonce')) throw invalid('nonce')
  return claims as LogoutTokenClaims
}

function invalid(claim: string): TokenError {
  return new TokenError('claim_invalid', { claim })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { TokenError } from '../../errors.ts'
import type { AccessTokenClaims } from '../jws/compact-jws.ts'
import type { Profile } from '../jws/header.ts'

/** The rules for the claims of a token. Times are in seconds. */
export interface ClaimRules {
  /** Every token must have them. */
  readonly required: readonly string[]
  /** Null only if the option was null. Then any audience is accepted. */
  readonly audience: ReadonlySet<string> | null
  readonly clockTolerance: number
  readonly maxTokenAge: number | undefined
}

type Claims = Readonly<Record<string, unknown>>

/** The claims that a JWT must have. */
export const requiredBy: Readonly<Record<Profile, readonly string[]>> = {
  jwt: ['exp'],
  // RFC 9068 §2.2
  rfc9068: ['exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
  // FAPI 2.0 Security Profile §5.3.3: only sender-constrained tokens. What `cnf` names is confirmed later.
  fapi2: ['exp', 'cnf'],
}

/**
 * Checks every claim except `iss`, which decided which rules apply.
 *
 * @throws TokenError with the code of the first violated rule
 */
export function checkClaims(claims: Claims, rules: ClaimRules, now: number): AccessTokenClaims {
  checkPresence(claims, rules.required)
  checkStrings(claims)
  checkAudience(claims, rules.audience)
  checkTimes(claims, rules, now)
  return claims as AccessTokenClaims
}

function checkPresence(claims: Claims, required: readonly string[]): void {
  for (const claim of required) {
    // Own members only: every object inherits `toString`.
    if (!Object.hasOwn(claims, claim) || claims[claim] === null) throw new TokenError('claim_missing', { claim })
  }
}

const textClaims = ['sub', 'jti', 'client_id'] as const

/** RFC 7519 §4.1, RFC 8693 §4.3: these claims are strings. */
function checkStrings(claims: Claims): void {
  for (const claim of textClaims) {
    const value = claims[claim]
    if (value !== undefined && typeof value !== 'string') throw new TokenError('claim_invalid', { claim })
  }
}

/** RFC 7519 §4.1.3: `aud` is a string or an array of strings, and one of them must be accepted. */
function checkAudience({ aud }: Claims, audience: ReadonlySet<string> | null): void {
  if (audience === null) return
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!named.every((one) => typeof one === 'string')) throw new TokenError('claim_invalid', { claim: 'aud' })
  if (!named.some((one) => audience.has(one))) throw new TokenError('audience_mismatch')
}

/**
 * Checks the time claims. Because of them alone, the same claims can pass now and fail later.
 *
 * @throws TokenError with the code of the first violated rule
 */
export function checkTimes(claims: Claims, { clockTolerance, maxTokenAge }: ClaimRules, now: number): void {
  const exp = numericDate(claims, 'exp')
  const nbf = numericDate(claims, 'nbf')
  const iat = numericDate(claims, 'iat')
  // RFC 7519 §4.1.4: a token is refused "on or after" its exp.
  if (exp !== undefined && now >= exp + clockTolerance) throw new TokenError('token_expired')
  if (nbf !== undefined && now < nbf - clockTolerance) throw new TokenError('token_not_yet_valid')
  if (iat !== undefined && now < iat - clockTolerance) throw new TokenError('token_issued_in_future')
  if (maxTokenAge === undefined) return
  if (iat === undefined) throw new TokenError('claim_missing', { claim: 'iat' })
  if (now >= iat + maxTokenAge + clockTolerance) throw new TokenError('token_too_old')
}

/** The time span in which a token is valid: `until` is exclusive. In seconds since the epoch. */
export interface Validity {
  readonly since: number
  readonly until: number
}

type TimeClaims = Partial<Pick<AccessTokenClaims, 'exp' | 'nbf' | 'iat'>>

/**
 * Returns the time span in which {@link checkTimes} accepts these claims, so a cached token needs only two comparisons.
 * The claims must have passed the check once.
 */
export function validityOf(
  { exp = Number.POSITIVE_INFINITY, nbf, iat }: TimeClaims,
  { clockTolerance, maxTokenAge }: ClaimRules,
): Validity {
  const since = Math.max(nbf ?? Number.NEGATIVE_INFINITY, iat ?? Number.NEGATIVE_INFINITY)
  const oldest = iat === undefined || maxTokenAge === undefined ? Number.POSITIVE_INFINITY : iat + maxTokenAge
  return { since: since - clockTolerance, until: Math.min(exp, oldest) + clockTolerance }
}

/** RFC 7519 §2: a number of seconds, fractions allowed. JSON.parse reads `1e400` as Infinity: it would never expire. */
function numericDate(claims: Claims, claim: 'exp' | 'nbf' | 'iat'): number | undefined {
  const value = claims[claim]
  if (value !== undefined && !Number.isFinite(value)) throw new TokenError('claim_invalid', { claim })
  return value as number | undefined
}

import { isDeepStrictEqual } from 'node:util'
import { type Clock, systemClock } from '../clock.ts'
import { type Duration, toMilliseconds } from '../configuration/duration.ts'
import { ConfigurationError } from '../errors.ts'
import { authenticationOf } from './authentication.ts'
import type { AuthContext, Continuation, RegisteredClaims } from './authenticator.ts'
import { type ChallengeContext, type RefusalReason, RequestRefusedError } from './refusal.ts'

/** Lets an authenticated request pass, or says how it is refused. It keeps to the request that the {@link Authenticator} saw. */
export type Guard = (request: object, continuation: Continuation) => void

/** What a guard makes of an authenticated request: nothing to object, or why not. */
type Judgement = { readonly reason: RefusalReason; readonly context: Partial<ChallengeContext> } | undefined

/** RFC 6749 Appendix A.4. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * Requires every one of the scopes, compared exactly (RFC 6749 §3.3). Else: 403 `insufficient_scope` (RFC 6750 §3.1).
 *
 * @throws ConfigurationError if no scope is given, or one is not a scope
 */
export function allScopesGuard(...required: readonly string[]): Guard {
  const scope = scopeList('requireScopes', required)
  return guard(({ scopes }) => {
    return required.every((one) => scopes.includes(one))
      ? undefined
      : { reason: 'scope_insufficient', context: { scope } }
  })
}

/**
 * Requires at least one of the scopes. Else: 403 `insufficient_scope`.
 *
 * @throws ConfigurationError if no scope is given, or one is not a scope
 */
export function anyScopeGuard(...sufficient: readonly string[]): Guard {
  const scope = scopeList('requireAnyScope', sufficient)
  return guard(({ scopes }) => {
    return sufficient.some((one) => scopes.includes(one))
      ? undefined
      : { reason: 'scope_insufficient', context: { scope } }
  })
}

/** Decides on the claims of a request that is authenticated. */
export type ClaimsPredicate = (claims: RegisteredClaims) => boolean | Promise<boolean>

/**
 * Requires claims: each with the expected value, or, where the claim is an array and the expected value none, with
 * that value in it; or whatever a predicate requires. Else: 403 `insufficient_scope`.
 *
 * @throws ConfigurationError if nothing is expected
 */
export function claimsGuard(expected: Readonly<Record<string, unknown>> | ClaimsPredicate): Guard {
  const refusal = { reason: 'claims_insufficient', context: {} } as const
  // Only `true` is a yes, whatever a predicate without types returns.
  const holds: (claims: RegisteredClaims) => unknown = typeof expected === 'function' ? expected : matcherOf(expected)
  return guard(async ({ claims }) => ((await holds(claims)) === true ? undefined : refusal))
}

export interface AuthenticationRequirement {
  /** The authentication contexts (`acr`) that will do. */
  readonly acrValues?: readonly string[]
  /** The longest time since the user authenticated (`auth_time`). */
  readonly maxAge?: Duration
  /** Default: the system's. */
  readonly clock?: Clock
}

/**
 * Requires a stronger or more recent login: RFC 9470. Else: 401 `insufficient_user_authentication`.
 *
 * @throws ConfigurationError if neither `acrValues` nor `maxAge` is given, or one is unusable
 */
export function authenticationGuard({ acrValues, maxAge, clock = systemClock }: AuthenticationRequirement): Guard {
  const acrs = acrValues && scopeList('requireAuthentication', acrValues)
  const age = maxAge === undefined ? undefined : toMilliseconds(maxAge)
  if (maxAge !== undefined && age === undefined)
    throw new ConfigurationError('requireAuthentication: option `maxAge` is not a duration', 'maxAge')
  if (acrs === undefined && age === undefined)
    throw new ConfigurationError('requireAuthentication: give `acrValues` or `maxAge`', 'acrValues')
  const maxAgeInSeconds = age === undefined ? undefined : String(Math.floor(age / 1000))
  const refusal = {
    reason: 'authentication_insufficient',
    context: { acrValues: acrs, maxAge: maxAgeInSeconds },
  } as const
  return guard((auth) => {
    const { acr, auth_time: authTime } = auth.claims as Readonly<Record<string, unknown>>
    if (acrValues !== undefined && !acrValues.includes(acr as string)) return refusal
    const isRecent =
      age === undefined || (Number.isFinite(authTime) && clock.now() - (authTime as number) * 1000 <= age)
    return isRecent ? undefined : refusal
  })
}

function guard(judge: (auth: AuthContext) => Judgement | Promise<Judgement>): Guard {
  return (request, continuation) => {
    const authentication = authenticationOf(request)
    if (authentication === undefined) return continuation.refuse(unguarded())
    const { auth, context } = authentication
    if (auth === undefined) return continuation.refuse(new RequestRefusedError('credentials_missing', context))
    const settle = (judgement: Judgement): void => {
      if (judgement === undefined) return continuation.pass(auth)
      continuation.refuse(new RequestRefusedError(judgement.reason, { ...context, ...judgement.context }))
    }
    const judgement = judge(auth)
    if (!(judgement instanceof Promise)) return settle(judgement)
    void judgement.then(settle, (error: unknown) => continuation.refuse(error as Error))
  }
}

/** Never a pass: a guard on a route that nothing authenticates is a hole that must show. */
function unguarded(): ConfigurationError {
  return new ConfigurationError(
    'a guard ran on a request that verifyJwt has not seen: put verifyJwt before it',
    'verifyJwt',
  )
}

function scopeList(owner: string, names: readonly unknown[]): string {
  if (!Array.isArray(names) || names.length === 0) throw new ConfigurationError(`${owner}: name at least one`, 'scopes')
  for (const name of names as readonly unknown[]) {
    if (typeof name === 'string' && scopeToken.test(name)) continue
    throw new ConfigurationError(
      `${owner}: ${JSON.stringify(name)} is not one name: give each as a string of its own`,
      'scopes',
    )
  }
  return names.join(' ')
}

function matcherOf(expected: Readonly<Record<string, unknown>>): (claims: RegisteredClaims) => boolean {
  const entries = typeof expected === 'object' ? Object.entries(expected ?? {}) : []
  if (entries.length === 0)
    throw new ConfigurationError('requireClaims: name at least one claim, or give a function', 'claims')
  return (claims) => entries.every(([name, value]) => matches((claims as Record<string, unknown>)[name], value))
}

function matches(claim: unknown, expected: unknown): boolean {
  if (Array.isArray(claim) && !Array.isArray(expected)) return claim.some((one) => isDeepStrictEqual(one, expected))
  return isDeepStrictEqual(claim, expected)
}

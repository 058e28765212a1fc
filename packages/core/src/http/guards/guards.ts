import { type Clock, systemClock } from '../../clock.ts'
import type { Duration } from '../../configuration/duration.ts'
import { duration } from '../../configuration/duration-options.ts'
import { defaulting, having, optional, readOptions, texts } from '../../configuration/options.ts'
import { ConfigurationError } from '../../errors.ts'
import type { AccessTokenClaims } from '../../jwt/jws/compact-jws.ts'
import { isScopeToken } from '../../jwt/claims/scopes.ts'
import { authenticationOf } from '../authentication.ts'
import type { AuthContext } from '../auth-context.ts'
import { asError, type Continuation, continueAfter } from '../outcome/continuation.ts'
import { type ChallengeContext, type RefusalCode, RequestRefusedError } from '../refusals/refusal.ts'

/** Lets an authenticated request pass, or says how it is refused. It keeps to the request that the {@link Authenticator} saw. */
export type Guard = (request: object, continuation: Continuation) => void

/**
 * Requires every one of the scopes, compared exactly (RFC 6749 §3.3). Else: 403 `insufficient_scope` (RFC 6750 §3.1).
 *
 * @throws ConfigurationError if no scope is given, or one is not a scope
 */
export function allScopesGuard(...required: readonly string[]): Guard {
  const scope = nameList('requireScopes', required)
  return guard('scope_insufficient', { scope }, ({ scopes }) => required.every((one) => scopes.includes(one)))
}

/**
 * Requires at least one of the scopes. Else: 403 `insufficient_scope`.
 *
 * @throws ConfigurationError if no scope is given, or one is not a scope
 */
export function anyScopeGuard(...sufficient: readonly string[]): Guard {
  const scope = nameList('requireAnyScope', sufficient)
  return guard('scope_insufficient', { scope }, ({ scopes }) => sufficient.some((one) => scopes.includes(one)))
}

export interface AuthenticationRequirement {
  /** The authentication contexts (`acr`) that will do. */
  readonly acrValues?: readonly string[] | undefined
  /** The longest time since the user authenticated (`auth_time`). */
  readonly maxAge?: Duration | undefined
  /** How far clocks may differ: an `auth_time` further ahead is no login. It does not extend `maxAge`. Default `'5s'`. */
  readonly clockTolerance?: Duration | undefined
  /** Default: the system's. */
  readonly clock?: Clock | undefined
}

interface RequirementSettings {
  readonly acrValues: readonly string[] | undefined
  /** In milliseconds. */
  readonly maxAge: number | undefined
  /** In milliseconds. */
  readonly clockTolerance: number
  readonly clock: Clock
}

/**
 * Requires a stronger or more recent login: RFC 9470. Else: 401 `insufficient_user_authentication`.
 *
 * @throws ConfigurationError if neither `acrValues` nor `maxAge` is given, or one is unusable
 */
export function authenticationGuard(requirement: AuthenticationRequirement): Guard {
  const settings = readOptions<RequirementSettings>('requireAuthentication', requirement, {
    acrValues: optional(texts),
    maxAge: optional(duration),
    clockTolerance: defaulting(duration, 5000),
    clock: defaulting(having<Clock>('now'), systemClock),
  })
  const { acrValues, maxAge } = settings
  if (acrValues === undefined && maxAge === undefined) {
    throw new ConfigurationError(
      'requireAuthentication: one of the options `acrValues` and `maxAge` is needed',
      'acrValues',
    )
  }
  const challenged = {
    acrValues: acrValues && nameList('requireAuthentication', acrValues),
    maxAge: maxAge === undefined ? undefined : String(Math.floor(maxAge / 1000)),
  }
  return guard('authentication_insufficient', challenged, (_auth, { acr, auth_time: authTime }) => {
    const isStrong = acrValues === undefined || acrValues.includes(acr as string)
    return isStrong && (maxAge === undefined || isRecent(authTime, maxAge, settings))
  })
}

/** A time that is ahead of all clocks is no time of a login; one in milliseconds would be recent for ever. */
function isRecent(authTime: unknown, maxAge: number, { clock, clockTolerance }: RequirementSettings): boolean {
  if (typeof authTime !== 'number') return false
  const age = clock.now() - authTime * 1000
  return age <= maxAge && age >= -clockTolerance
}

/** Decides by the auth context, and by the claims as the issuer made them. */
export type Condition = (auth: AuthContext, issued: Readonly<AccessTokenClaims>) => boolean | Promise<boolean>

/** Lets a request pass that satisfies the condition. The requirement is what the challenge of a refusal names. */
export function guard(code: RefusalCode, requirement: Partial<ChallengeContext>, isSatisfied: Condition): Guard {
  /** One for each authenticator whose requests come by, so that their challenges are built once. */
  const contexts = new WeakMap<ChallengeContext, ChallengeContext>()
  const contextFor = (context: ChallengeContext): ChallengeContext => {
    // The scopes that `verifyJwt` asks clients for say nothing of what this guard found missing.
    const known = contexts.get(context) ?? { ...context, scope: undefined, ...requirement }
    contexts.set(context, known)
    return known
  }
  return (request, continuation) => {
    const authentication = authenticationOf(request)
    if (authentication === undefined) return continuation.refuse(unguarded())
    const { auth, space, issued } = authentication
    if (auth === undefined)
      return space.refuse(new RequestRefusedError('credentials_missing', space.challenge), continuation)
    const settle = (satisfied: boolean): void => {
      if (satisfied) return continuation.pass(auth)
      space.refuse(new RequestRefusedError(code, contextFor(space.challengeFor(auth.scheme))), continuation)
    }
    const answer = isSatisfied(auth, issued ?? auth.claims)
    if (!(answer instanceof Promise)) return settle(answer)
    continueAfter(answer, continuation, settle, (cause) => {
      continuation.refuse(asError(cause, 'the predicate of requireClaims failed'))
    })
  }
}

/** Never a pass: a guard on a route that nothing authenticates is a hole that must show. */
function unguarded(): ConfigurationError {
  return new ConfigurationError(
    'a guard ran on a request that verifyJwt has not seen: put verifyJwt before it',
    'verifyJwt',
  )
}

function nameList(owner: string, names: readonly unknown[]): string {
  if (!Array.isArray(names) || names.length === 0) throw new ConfigurationError(`${owner}: name at least one`, 'scopes')
  for (const name of names as readonly unknown[]) {
    if (typeof name === 'string' && isScopeToken(name)) continue
    throw new ConfigurationError(
      `${owner}: ${JSON.stringify(name)} is not one name: give each as a string of its own`,
      'scopes',
    )
  }
  return names.join(' ')
}

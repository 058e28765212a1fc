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
import type { ProtectionSpace } from '../refusals/protection-space.ts'
import { type ChallengeContext, type RefusalCode, RequestRefusedError } from '../refusals/refusal.ts'
import { isTraced, TracedContinuation } from '../request-trace.ts'
import { scopeParameter } from '../refusals/scope-parameter.ts'

/** Lets an authenticated request pass, or refuses it. Takes the same request object as the {@link Authenticator}. */
export type Guard = (request: object, continuation: Continuation) => void

/**
 * Requires all of the scopes, compared exactly (RFC 6749 §3.3). Otherwise: 403 `insufficient_scope` (RFC 6750 §3.1).
 *
 * @throws ConfigurationError if no scope is given, or if one has invalid syntax
 */
export function allScopesGuard(...required: readonly string[]): Guard {
  checkScopes('requireScopes', required)
  const hasAll: Condition = ({ scopes }, _issued, space) => required.every((one) => space.grants(scopes, one))
  return guard('scope_insufficient', { scopes: required }, hasAll)
}

/**
 * Requires at least one of the scopes. Otherwise: 403 `insufficient_scope`.
 *
 * @throws ConfigurationError if no scope is given, or if one has invalid syntax
 */
export function anyScopeGuard(...sufficient: readonly string[]): Guard {
  checkScopes('requireAnyScope', sufficient)
  const hasOne: Condition = ({ scopes }, _issued, space) => sufficient.some((one) => space.grants(scopes, one))
  return guard('scope_insufficient', { alternatives: sufficient }, hasOne)
}

/** How strong and how recent a login must be: the options of `requireAuthentication` (RFC 9470). */
export interface AuthenticationRequirement {
  /** The accepted authentication contexts (`acr`). */
  readonly acrValues?: readonly string[] | undefined
  /** The maximum time since the user authenticated (`auth_time`). */
  readonly maxAge?: Duration | undefined
  /** Maximum clock difference. A later `auth_time` is refused. It does not extend `maxAge`. Default `'5s'`. */
  readonly clockTolerance?: Duration | undefined
  /** Default: the system clock. */
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
 * Requires a stronger or more recent login: RFC 9470. Otherwise: 401 `insufficient_user_authentication`.
 *
 * @throws ConfigurationError if neither `acrValues` nor `maxAge` is given, or if one is invalid
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
      'requireAuthentication: give at least one of the options `acrValues` and `maxAge`',
      'acrValues',
    )
  }
  const challenged = {
    acrValues: acrValues && checkScopes('requireAuthentication', acrValues).join(' '),
    maxAge: maxAge === undefined ? undefined : String(Math.floor(maxAge / 1000)),
  }
  return guard('authentication_insufficient', { challenged }, (_auth, { acr, auth_time: authTime }) => {
    const isStrong = acrValues === undefined || acrValues.includes(acr as string)
    return isStrong && (maxAge === undefined || isRecent(authTime, maxAge, settings))
  })
}

/** Refuses an `auth_time` in the future. One in milliseconds would otherwise count as recent for ever. */
function isRecent(authTime: unknown, maxAge: number, { clock, clockTolerance }: RequirementSettings): boolean {
  if (typeof authTime !== 'number') return false
  const age = clock.now() - authTime * 1000
  return age <= maxAge && age >= -clockTolerance
}

/**
 * Returns true if a request may pass. Receives the auth context, the claims as issued, and the space of `verifyJwt`. An error
 * goes to the framework.
 */
export type Condition = (
  auth: AuthContext,
  issued: Readonly<AccessTokenClaims>,
  space: ProtectionSpace,
) => boolean | Promise<boolean>

/** What the challenge of a refusal names. */
export interface Requirement {
  /** All of these scopes are required. Challenges of later guards name them too: they are part of the operation. */
  readonly scopes?: readonly string[]
  /** One of these scopes is required. */
  readonly alternatives?: readonly string[]
  readonly challenged?: Partial<ChallengeContext>
}

/** Lets a request pass if it satisfies the condition. The challenge of a refusal names the requirement. */
export function guard(code: RefusalCode, requirement: Requirement, isSatisfied: Condition): Guard {
  const { scopes = [], alternatives = [], challenged } = requirement
  const ownScopes = [...scopes, ...alternatives]
  /** One context per authenticator and scopes, so that each challenge is built once. */
  const contexts = new WeakMap<ChallengeContext, Map<string, ChallengeContext>>()
  const contextFor = (context: ChallengeContext, former: readonly string[]): ChallengeContext => {
    // Without the `challengeScopes` of `verifyJwt`: they do not name what this guard requires.
    const scope = ownScopes.length === 0 ? undefined : scopeParameter([...former, ...ownScopes])
    const known = contexts.get(context) ?? new Map<string, ChallengeContext>()
    const own = known.get(scope ?? '') ?? { ...context, scope, ...challenged }
    contexts.set(context, known.set(scope ?? '', own))
    return own
  }
  const judge: Guard = (request, continuation) => {
    const authentication = authenticationOf(request)
    if (authentication === undefined) return continuation.refuse(unguarded())
    const { auth, space, issued, headers } = authentication
    if (auth === undefined)
      return space.refuse(new RequestRefusedError('credentials_missing', space.challenge), continuation)
    const settle = (satisfied: boolean): void => {
      if (satisfied) {
        if (scopes.length > 0) authentication.addRequiredScopes(scopes)
        return continuation.pass(auth)
      }
      const context = contextFor(space.challengeFor(auth.scheme), authentication.requiredScopes)
      const refusal = new RequestRefusedError(code, context, { headers })
      space.refuse(refusal, continuation)
    }
    const answer = answered(() => isSatisfied(auth, issued ?? auth.claims, space))
    if (!(answer instanceof Promise)) return settle(answer)
    continueAfter(answer, continuation, settle, (cause) => {
      continuation.refuse(asError(cause, 'the predicate of requireClaims failed'))
    })
  }
  return (request, continuation) => {
    if (isTraced()) judgeTraced(judge, request, continuation)
    else judge(request, continuation)
  }
}

/** A function of its own, so that a request that nobody traces pays for no closure. */
function judgeTraced(judge: Guard, request: object, continuation: Continuation): void {
  const trace = { step: 'guard', framework: authenticationOf(request)?.space.framework } as const
  TracedContinuation.run(continuation, request, trace, (traced) => {
    judge(request, traced)
  })
}

/** Turns an error of the application's function, such as a predicate, into a rejection, which goes to the framework. */
function answered(condition: () => boolean | Promise<boolean>): boolean | Promise<boolean> {
  try {
    return condition()
  } catch (error) {
    return Promise.reject(error)
  }
}

/** A guard on a route without authentication is a security hole. It must fail visibly and never let a request pass. */
function unguarded(): ConfigurationError {
  return new ConfigurationError(
    'a guard ran on a request that verifyJwt did not handle: put verifyJwt before the guard',
    'verifyJwt',
  )
}

function checkScopes(owner: string, names: readonly string[]): readonly string[] {
  if (!Array.isArray(names) || names.length === 0)
    throw new ConfigurationError(`${owner}: name at least one scope`, 'scopes')
  for (const name of names as readonly unknown[]) {
    if (typeof name === 'string' && isScopeToken(name)) continue
    throw new ConfigurationError(
      `${owner}: ${JSON.stringify(name)} is not a single name: pass each name as a separate string`,
      'scopes',
    )
  }
  return names
}

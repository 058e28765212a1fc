import type { AccessTokenClaims } from '../jwt/compact-jws.ts'
import type { AuthContext } from './auth-context.ts'
import type { ChallengeContext } from './refusal.ts'

/** What became of a request's credentials, for the guards that come later. */
export interface Authentication {
  readonly auth: AuthContext | undefined
  /** The claims as the issuer made them, where a schema has made something else of them. */
  readonly issued?: Readonly<AccessTokenClaims> | undefined
  readonly context: ChallengeContext
  /** Who let the request through. */
  readonly by?: object
  /** What another one made of the same request before. */
  readonly former?: Authentication | undefined
}

/** On the request itself, under a name that is nobody else's: applications can overwrite the properties they use. */
const authenticated = Symbol('bearerkit: authentication')

interface Authenticated {
  [authenticated]?: Authentication
}

export function rememberAuthentication(request: object, authentication: Authentication): void {
  const former = authenticationOf(request)
  ;(request as Authenticated)[authenticated] = former === undefined ? authentication : { ...authentication, former }
}

export function authenticationOf(request: object): Authentication | undefined {
  return (request as Authenticated)[authenticated]
}

/**
 * The auth context of a request, for handlers that do without a property of the framework's request. Of several
 * `verifyJwt`, the last counts.
 *
 * @param request Node's request
 * @returns undefined for an anonymous request, and for one that no `verifyJwt` has let through
 */
export function authOf(request: object): AuthContext | undefined {
  return authenticationOf(request)?.auth
}

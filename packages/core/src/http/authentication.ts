import type { AccessTokenClaims } from '../jwt/compact-jws.ts'
import type { AuthContext } from './authenticator.ts'
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

/**
 * Kept apart from the properties that applications use, and can overwrite. On the request itself: a WeakMap with an
 * entry a request costs the collector more than all the rest of a remembered token.
 */
const authenticated = Symbol('bearerkit: authentication')

interface Authenticated {
  [authenticated]?: Authentication
}

export function rememberAuthentication(request: object, authentication: Authentication): void {
  ;(request as Authenticated)[authenticated] = { ...authentication, former: authenticationOf(request) }
}

export function authenticationOf(request: object): Authentication | undefined {
  return (request as Authenticated)[authenticated]
}

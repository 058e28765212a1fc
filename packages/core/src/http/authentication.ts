import type { AccessTokenClaims } from '../jwt/compact-jws.ts'
import type { AuthContext } from './authenticator.ts'
import type { ChallengeContext } from './refusal.ts'

/** What became of a request's credentials, for the guards that come later. */
export interface Authentication {
  readonly auth: AuthContext | undefined
  /** The claims as the issuer made them, where a schema has made something else of them. */
  readonly issued?: Readonly<AccessTokenClaims> | undefined
  readonly context: ChallengeContext
}

/** Kept apart from the request's properties: those are the application's, and can be overwritten. */
const authentications = new WeakMap<object, Authentication>()

export function rememberAuthentication(request: object, authentication: Authentication): void {
  authentications.set(request, authentication)
}

export function authenticationOf(request: object): Authentication | undefined {
  return authentications.get(request)
}

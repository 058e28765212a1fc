import type { AuthContext } from './authenticator.ts'
import type { ChallengeContext } from './refusal.ts'
import type { HttpRequest } from './request.ts'

/** What became of a request's credentials, for the guards that come later. */
export interface Authentication {
  readonly auth: AuthContext | undefined
  readonly context: ChallengeContext
}

/** Kept apart from the request's properties: those are the application's, and can be overwritten. */
const authentications = new WeakMap<HttpRequest, Authentication>()

export function rememberAuthentication(request: HttpRequest, authentication: Authentication): void {
  authentications.set(request, authentication)
}

export function authenticationOf(request: HttpRequest): Authentication | undefined {
  return authentications.get(request)
}

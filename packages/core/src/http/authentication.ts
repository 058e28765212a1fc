import type { AccessTokenClaims } from '../jwt/jws/compact-jws.ts'
import type { AuthContext } from './auth-context.ts'
import type { ProtectionSpace } from './refusals/protection-space.ts'

/**
 * What became of a request's credentials, for the guards that come later. They may be those of another copy of this
 * package, even of another version: members may be added, but never changed.
 *
 * The fields are private because printing a request prints this object too, and it holds the token.
 */
export class Authentication {
  readonly #auth: AuthContext | undefined
  readonly #issued: Readonly<AccessTokenClaims> | undefined
  readonly #space: ProtectionSpace
  readonly #former: Authentication | undefined

  constructor(
    auth: AuthContext | undefined,
    issued: Readonly<AccessTokenClaims> | undefined,
    space: ProtectionSpace,
    former: Authentication | undefined,
  ) {
    this.#auth = auth
    this.#issued = issued
    this.#space = space
    this.#former = former
  }

  get auth(): AuthContext | undefined {
    return this.#auth
  }

  /** The claims as the issuer made them, where a schema has made something else of them. */
  get issued(): Readonly<AccessTokenClaims> | undefined {
    return this.#issued
  }

  /** Of the authenticator that let the request through. */
  get space(): ProtectionSpace {
    return this.#space
  }

  /** What another authenticator made of the same request before. */
  get former(): Authentication | undefined {
    return this.#former
  }
}

/**
 * On the request itself, since applications can overwrite the properties that they use. Registered, so that two copies
 * of this package share it. Set by plain assignment: `Object.defineProperty` would take a quarter longer for a
 * remembered token.
 */
const authenticated = Symbol.for('bearerkit.authentication')

interface Authenticated {
  [authenticated]?: Authentication
}

export function rememberAuthentication(
  request: object,
  auth: AuthContext | undefined,
  issued: Readonly<AccessTokenClaims> | undefined,
  space: ProtectionSpace,
): void {
  ;(request as Authenticated)[authenticated] = new Authentication(auth, issued, space, authenticationOf(request))
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

import type { AccessTokenClaims } from '../jwt/jws/compact-jws.ts'
import type { HeaderValues } from '../http-message.ts'
import type { AuthContext } from './auth-context.ts'
import type { ProtectionSpace } from './refusals/protection-space.ts'

/** Shared, because most requests have no more: an array for each request takes time. */
const none: readonly string[] = []

/**
 * The result of authenticating a request, for the guards that run later. Those guards may belong to another copy or
 * version of this package, so members may be added but never changed.
 *
 * The fields are private because printing a request also prints this object, which contains the token.
 */
export class Authentication {
  readonly #auth: AuthContext | undefined
  readonly #issued: Readonly<AccessTokenClaims> | undefined
  readonly #space: ProtectionSpace
  readonly #former: Authentication | undefined
  readonly #headers: HeaderValues | undefined
  #required: readonly string[] = none

  constructor(
    auth: AuthContext | undefined,
    issued: Readonly<AccessTokenClaims> | undefined,
    space: ProtectionSpace,
    former: Authentication | undefined,
    headers?: HeaderValues,
  ) {
    this.#auth = auth
    this.#issued = issued
    this.#space = space
    this.#former = former
    this.#headers = headers
  }

  get auth(): AuthContext | undefined {
    return this.#auth
  }

  /** The claims as issued. Undefined if no schema changed them. */
  get issued(): Readonly<AccessTokenClaims> | undefined {
    return this.#issued
  }

  /** The protection space of the authenticator that let the request through. */
  get space(): ProtectionSpace {
    return this.#space
  }

  /** The result of an authenticator that ran earlier on the same request. */
  get former(): Authentication | undefined {
    return this.#former
  }

  /** The scopes that guards of this request have required so far, and found. */
  get requiredScopes(): readonly string[] {
    return this.#required
  }

  /** Adds scopes that a guard has required and found. */
  addRequiredScopes(scopes: readonly string[]): void {
    this.#required = this.#required === none ? scopes : [...this.#required, ...scopes]
  }

  /** Headers for the answer, also if a guard refuses the request. Undefined if there are none. */
  get headers(): HeaderValues | undefined {
    return this.#headers
  }
}

/**
 * A symbol property of the request, because applications can overwrite a named property. The symbol is registered
 * globally, so two copies of this package share it. It is set by plain assignment: `Object.defineProperty` would make a
 * request with a cached token a quarter slower.
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
  headers?: HeaderValues,
): void {
  const former = authenticationOf(request)
  ;(request as Authenticated)[authenticated] = new Authentication(auth, issued, space, former, headers)
}

export function authenticationOf(request: object): Authentication | undefined {
  return (request as Authenticated)[authenticated]
}

/**
 * Returns the auth context of a request, for handlers that do not read it from a property of the framework's request.
 * If several `verifyJwt` ran, the last one counts.
 *
 * @param request Node's request
 * @returns undefined for an anonymous request, or if no `verifyJwt` let the request through
 */
export function authOf(request: object): AuthContext | undefined {
  return authenticationOf(request)?.auth
}

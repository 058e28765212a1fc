import {
  allScopesGuard,
  anyScopeGuard,
  type AuthContext,
  type AuthenticationRequirement,
  authenticationGuard,
  Authenticator,
  authOf as authOfNode,
  claimsGuard,
  type ClaimsPredicate,
  type Continuation,
  continueAfter,
  defaulting,
  type Guard,
  type HttpResponse,
  JwksEndpoint,
  type JwksEndpointOptions,
  type JwksPublisher,
  type NodeResponse,
  readOptions,
  type RegisteredClaims,
  type RequestAuth,
  type RequiredClaims,
  ResourceMetadataEndpoint,
  type ResourceMetadataOptions,
  sendAnswer,
  setRefusalHeaders,
  text,
  type VerifierOptions,
} from '@bearerkit/core'
import type { NextFunction, Request, RequestHandler } from 'express'

declare global {
  namespace Express {
    interface Request extends RequestAuth {}
  }
}

export interface VerifyJwtOptions<Claims = RegisteredClaims> extends VerifierOptions<Claims> {
  /** The property of the request that gets the auth context. Default `'auth'`. In TypeScript, register it: see `Register`. */
  property?: string | undefined
}

/** The middleware, which also tells what it made of a request, typed by its own `claims` schema. */
export interface VerifyJwt<Claims> extends RequestHandler {
  authOf(req: Request): AuthContext<Claims> | undefined
  /** Ends the trust in an issuer that `resolveIssuer` answered for, at once and for remembered tokens too. */
  forgetIssuer(iss: string): void
}

/**
 * Middleware that lets a request through with a good bearer token and sets `req.auth`; otherwise calls `next(err)`.
 *
 * ```ts
 * import express from 'express'
 * import { verifyJwt } from '@bearerkit/express'
 *
 * const app = express()
 * app.use(verifyJwt({ issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }))
 * app.get('/me', (req, res) => res.json(req.auth.claims))
 * ```
 *
 * @param options Default: from `BEARERKIT_ISSUER`, `BEARERKIT_AUDIENCE` and `BEARERKIT_JWKS_URL`
 * @throws ConfigurationError at start-up, naming the option and the variable
 */
export function verifyJwt<Claims = RegisteredClaims>(options: VerifyJwtOptions<Claims> = {}): VerifyJwt<Claims> {
  const { property: given, ...verification } = options
  const { property } = readOptions<{ property: string }>(
    'verifyJwt',
    { property: given },
    { property: defaulting(text, 'auth') },
  )
  const authenticator = new Authenticator<Claims>(verification)
  const middleware: RequestHandler = (req, res, next) => {
    const set = (auth: unknown): void => void ((req as unknown as Record<string, unknown>)[property] = auth)
    authenticator.authenticate(req, new ExpressContinuation(res, next, set), req.body)
  }
  return Object.assign(middleware, {
    authOf: (req: Request) => authenticator.authOf(req),
    forgetIssuer: (iss: string) => authenticator.forgetIssuer(iss),
  })
}

/**
 * The auth context of a request, whatever property it has. Of several `verifyJwt`, the last counts.
 *
 * @returns undefined for an anonymous request, and for one that no `verifyJwt` has let through
 */
export function authOf(req: Request): AuthContext | undefined {
  return authOfNode(req)
}

/**
 * Middleware, after `verifyJwt`, that requires every one of the scopes. Else 403 `insufficient_scope`.
 *
 * @throws ConfigurationError at start-up if no scope is given, or one is not a scope
 */
export function requireScopes(...scopes: readonly string[]): RequestHandler {
  return guarded(allScopesGuard(...scopes))
}

/** The same, for at least one of the scopes. */
export function requireAnyScope(...scopes: readonly string[]): RequestHandler {
  return guarded(anyScopeGuard(...scopes))
}

/** Middleware, after `verifyJwt`, that requires claims to have values, or to satisfy a predicate: see {@link claimsGuard}. Else 403. */
export function requireClaims(required: RequiredClaims | ClaimsPredicate): RequestHandler {
  return guarded(claimsGuard(required))
}

/** Middleware, after `verifyJwt`, that requires a stronger or more recent login (RFC 9470). Else 401. */
export function requireAuthentication(requirement: AuthenticationRequirement): RequestHandler {
  return guarded(authenticationGuard(requirement))
}

/** A route handler that serves the provider's own public keys. */
export function jwksHandler(keys: JwksPublisher, options?: JwksEndpointOptions): RequestHandler {
  const endpoint = new JwksEndpoint(keys, options)
  return (req, res, next) => {
    const continuation = new ExpressContinuation(res, next)
    continueAfter(endpoint.respond(req), continuation, (answer) => sendAnswer(res, answer), next)
  }
}

/**
 * A route handler that serves the protected resource metadata (RFC 9728).
 *
 * @param verification what `verifyJwt` is given
 */
export function resourceMetadataHandler(
  verification: VerifyJwtOptions<unknown>,
  options?: ResourceMetadataOptions,
): RequestHandler {
  const { property: _property, ...verifierOptions } = verification
  const endpoint = new ResourceMetadataEndpoint(verifierOptions, options)
  return (req, res) => sendAnswer(res, endpoint.respond(req))
}

function guarded(guard: Guard): RequestHandler {
  return (req, res, next) => guard(req, new ExpressContinuation(res, next))
}

/** Takes the outcome of a request to Express, or to another host with a `next`, such as Connect. */
class ExpressContinuation<Claims> implements Continuation<Claims> {
  readonly #res: NodeResponse | undefined
  readonly #next: NextFunction
  readonly #set: Continuation<Claims>['pass'] | undefined

  constructor(res: NodeResponse | undefined, next: NextFunction, set?: Continuation<Claims>['pass']) {
    this.#res = res
    this.#next = next
    this.#set = set
  }

  pass(auth: AuthContext<Claims> | undefined): void {
    this.#set?.(auth)
    this.#next()
  }

  refuse(error: Error): void {
    setRefusalHeaders(this.#res, error)
    this.#next(error)
  }

  answer(answer: HttpResponse, error: Error): void {
    // A stand-in for a response, such as Socket.IO's `{}`, cannot send.
    if (this.#res?.end === undefined) return this.#next(error)
    sendAnswer(this.#res, answer)
  }
}

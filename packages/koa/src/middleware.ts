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
  defaulting,
  type Continuation,
  type Guard,
  type HttpResponse,
  JwksEndpoint,
  type JwksEndpointOptions,
  type JwksPublisher,
  readOptions,
  type RegisteredClaims,
  type RequestAuth,
  type RequiredClaims,
  ResourceMetadataEndpoint,
  type ResourceMetadataOptions,
  setHeaders,
  setRefusalHeaders,
  text,
  type VerifierOptions,
} from '@bearerkit/core'
import type { Context, Middleware } from 'koa'

declare module 'koa' {
  interface DefaultState extends RequestAuth {}
}

export interface VerifyJwtOptions<Claims = RegisteredClaims> extends VerifierOptions<Claims> {
  /** The property of `ctx.state` that gets the auth context. Default `'auth'`. In TypeScript, register it: see `Register`. */
  property?: string | undefined
}

/** The middleware, which also tells what it made of a request, typed by its own `claims` schema. */
export interface VerifyJwt<Claims> extends Middleware {
  authOf(ctx: Pick<Context, 'req'>): AuthContext<Claims> | undefined
  /** Ends the trust in an issuer that `resolveIssuer` answered for, at once and for remembered tokens too. */
  forgetIssuer(iss: string): void
}

/** Where a handler answers, when no router says so. */
export interface PathOption {
  /** Answers on this path alone and passes on all others. Default: wherever a router puts the handler. */
  path?: string | undefined
}

/**
 * Middleware that lets a request through with a good bearer token and sets `ctx.state.auth`; otherwise throws.
 *
 * ```ts
 * import Koa from 'koa'
 * import { verifyJwt } from '@bearerkit/koa'
 *
 * const app = new Koa()
 * app.use(verifyJwt({ issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }))
 * app.use((ctx) => {
 *   ctx.body = ctx.state.auth.claims
 * })
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
  const middleware: Middleware = (ctx, next) => {
    const { body } = ctx.request as { body?: unknown }
    const goOn = (auth: AuthContext<Claims> | undefined): unknown => {
      ctx.state[property] = auth
      return next()
    }
    return outcomeOf(ctx, (continuation) => authenticator.authenticate(ctx.req, continuation, body), goOn)
  }
  return Object.assign(middleware, {
    authOf: (ctx: Pick<Context, 'req'>) => authenticator.authOf(ctx.req),
    forgetIssuer: (iss: string) => authenticator.forgetIssuer(iss),
  })
}

/**
 * The auth context of a request, whatever property of `ctx.state` it has. Of several `verifyJwt`, the last counts.
 *
 * @returns undefined for an anonymous request, and for one that no `verifyJwt` has let through
 */
export function authOf(ctx: Pick<Context, 'req'>): AuthContext | undefined {
  return authOfNode(ctx.req)
}

/**
 * Middleware, after `verifyJwt`, that requires every one of the scopes. Else 403 `insufficient_scope`.
 *
 * @throws ConfigurationError at start-up if no scope is given, or one is not a scope
 */
export function requireScopes(...scopes: readonly string[]): Middleware {
  return guarded(allScopesGuard(...scopes))
}

/** The same, for at least one of the scopes. */
export function requireAnyScope(...scopes: readonly string[]): Middleware {
  return guarded(anyScopeGuard(...scopes))
}

/** Middleware, after `verifyJwt`, that requires claims to have values, or to satisfy a predicate: see {@link claimsGuard}. Else 403. */
export function requireClaims(required: RequiredClaims | ClaimsPredicate): Middleware {
  return guarded(claimsGuard(required))
}

/** Middleware, after `verifyJwt`, that requires a stronger or more recent login (RFC 9470). Else 401. */
export function requireAuthentication(requirement: AuthenticationRequirement): Middleware {
  return guarded(authenticationGuard(requirement))
}

/** A handler that serves the provider's own public keys. */
export function jwksHandler(
  keys: JwksPublisher,
  { path, ...options }: JwksEndpointOptions & PathOption = {},
): Middleware {
  const endpoint = new JwksEndpoint(keys, options)
  return answering(path, (ctx) => endpoint.respond(ctx.req))
}

/**
 * A handler that serves the protected resource metadata (RFC 9728).
 *
 * @param verification what `verifyJwt` is given
 */
export function resourceMetadataHandler(
  verification: VerifyJwtOptions<unknown>,
  { path, ...options }: ResourceMetadataOptions & PathOption = {},
): Middleware {
  const { property: _property, ...verifierOptions } = verification
  const endpoint = new ResourceMetadataEndpoint(verifierOptions, options)
  return answering(path, async (ctx) => endpoint.respond(ctx.req))
}

function guarded(guard: Guard): Middleware {
  return (ctx, next) =>
    outcomeOf(
      ctx,
      (continuation) => guard(ctx.req, continuation),
      () => next(),
    )
}

function answering(path: string | undefined, respond: (ctx: Context) => Promise<HttpResponse>): Middleware {
  return async (ctx, next) => {
    if (path !== undefined && ctx.path !== path) return next()
    answerWith(ctx, await respond(ctx))
  }
}

/** Answers as a handler does, so that middleware upstream sees an ordinary answer. */
function answerWith(ctx: Context, { status, headers, body }: HttpResponse): void {
  if (ctx.headerSent) return
  ctx.status = status
  ctx.body = body
  // After the body: Koa derives a type and a length from it, and these are the right ones.
  setHeaders(ctx.res, headers)
}

/**
 * The promise that Koa awaits. A request that need not wait goes on before this returns. `next` may return no promise:
 * unit tests and hand-written routers have such.
 */
function outcomeOf<Claims>(
  ctx: Context,
  begin: (continuation: Continuation<Claims>) => void,
  goOn: (auth: AuthContext<Claims> | undefined) => unknown,
): Promise<unknown> {
  let outcome: Promise<unknown> | undefined
  let settle = (settled: Promise<unknown>): void => void (outcome = settled)
  begin({
    pass(auth) {
      try {
        settle(Promise.resolve(goOn(auth)))
      } catch (error) {
        // `next` threw before it had a promise.
        settle(failedWith(error))
      }
    },
    refuse(error) {
      setRefusalHeaders(ctx.res, error)
      settle(failedWith(error))
    },
    answer(response) {
      answerWith(ctx, response)
      settle(Promise.resolve())
    },
  })
  return outcome ?? new Promise((resolve) => (settle = resolve))
}

async function failedWith(error: unknown): Promise<never> {
  throw error
}

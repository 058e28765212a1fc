import {
  type AuthContext,
  Authenticator,
  JwksEndpoint,
  type JwksEndpointOptions,
  type JwksPublisher,
  type RequestRefusedError,
  scopeGuard,
  type VerifierOptions,
} from '@bearerkit/core'
import type { Context, Middleware } from 'koa'

declare module 'koa' {
  interface DefaultState {
    /** Set by `verifyJwt`. In optional mode undefined for requests without credentials. */
    auth: AuthContext
  }
}

export interface JwksHandlerOptions extends JwksEndpointOptions {
  /** Answers on this path alone and passes on all others. Default: wherever a router puts the handler. */
  path?: string
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
export function verifyJwt(options?: VerifierOptions): Middleware {
  const authenticator = new Authenticator(options)
  return async (ctx, next) => {
    const auth = await new Promise<AuthContext | undefined>((pass, reject) => {
      authenticator.authenticate(ctx.req, { pass, refuse: (refusal) => reject(refused(ctx, refusal)) })
    })
    if (auth !== undefined) ctx.state.auth = auth
    return next()
  }
}

/**
 * Middleware, after `verifyJwt`, that requires every one of the scopes. Else 403 `insufficient_scope`.
 *
 * @throws ConfigurationError at start-up if no scope is given, or one is not a scope
 */
export function requireScopes(...scopes: readonly string[]): Middleware {
  const guard = scopeGuard(...scopes)
  return async (ctx, next) => {
    const refusal = guard(ctx.req)
    if (refusal !== undefined) throw refused(ctx, refusal)
    return next()
  }
}

/** A handler that serves the provider's own public keys. */
export function jwksHandler(keys: JwksPublisher, { path, ...options }: JwksHandlerOptions = {}): Middleware {
  const endpoint = new JwksEndpoint(keys, options)
  return async (ctx, next) => {
    if (path !== undefined && ctx.path !== path) return next()
    const { status, headers, body } = await endpoint.respond(ctx.req)
    ctx.status = status
    ctx.body = body
    // After the body: Koa derives a type and a length from it, and these are the right ones.
    ctx.set(headers)
  }
}

/** The header is set on the response too: then it goes out whatever the application makes of the error. */
function refused(ctx: Context, refusal: RequestRefusedError): RequestRefusedError {
  ctx.set(refusal.headers)
  return refusal
}

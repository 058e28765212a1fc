import { type AuthContext, authOf as authOfRequest, type RegisteredClaims, type RequestAuth } from '@bearerkit/core'
import type { VerifyJwtMembers } from '@bearerkit/core'
import type { Context, Middleware } from 'koa'
import { middlewareFor, suite, type VerifyJwtOptions } from './framework.ts'

export { authorizationHeader, claim, cookie, formBody, RequestRefusedError, resourceMetadataUrl } from '@bearerkit/core'
export type { AccessTokenClaims, AuthContext, ClaimsPredicate, ClaimValue, JwksEndpointOptions } from '@bearerkit/core'
export type { Register, RequiredClaims, ResourceMetadataOptions, TokenSource, VerifierOptions } from '@bearerkit/core'
export type { PathOption, VerifyJwtOptions } from './framework.ts'

/**
 * Middleware, after `verifyJwt`, that requires every one of the scopes. Else 403 `insufficient_scope`.
 *
 * @throws ConfigurationError at start-up if no scope is given, or one is not a scope
 */
export const requireScopes: typeof suite.requireScopes = suite.requireScopes

/** The same, for at least one of the scopes. */
export const requireAnyScope: typeof suite.requireAnyScope = suite.requireAnyScope

/** Middleware, after `verifyJwt`, that requires claims to have values, or to satisfy a predicate: see {@link claimsGuard}. Else 403. */
export const requireClaims: typeof suite.requireClaims = suite.requireClaims

/** Middleware, after `verifyJwt`, that requires a stronger or more recent login (RFC 9470). Else 401. */
export const requireAuthentication: typeof suite.requireAuthentication = suite.requireAuthentication

declare module 'koa' {
  interface DefaultState extends RequestAuth {}
}

/** A handler that serves the provider's own public keys. */
export const jwksHandler: typeof suite.jwksHandler = suite.jwksHandler

/**
 * A handler that serves the protected resource metadata (RFC 9728).
 *
 * @param verification what `verifyJwt` is given
 */
export const resourceMetadataHandler: typeof suite.resourceMetadataHandler = suite.resourceMetadataHandler

type NodeContext = Pick<Context, 'req'>

/** The middleware, which also tells what it made of a request, typed by its own `claims` schema. */
export interface VerifyJwt<Claims> extends Middleware, VerifyJwtMembers<NodeContext, Claims> {}

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
  const { own, step, membersFor } = suite.open(options)
  return Object.assign(
    middlewareFor(step, own.property),
    membersFor((ctx: NodeContext) => ctx.req),
  )
}

/**
 * The auth context of a request, whatever property of `ctx.state` it has. Of several `verifyJwt`, the last counts.
 *
 * @returns undefined for an anonymous request, and for one that no `verifyJwt` has let through
 */
export function authOf(ctx: Pick<Context, 'req'>): AuthContext | undefined {
  return authOfRequest(ctx.req)
}

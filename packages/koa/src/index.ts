import * as core from '@bearerkit/core'
import type { Context, Middleware } from 'koa'
import { framework, middlewareFor, type Members, type VerifyJwtOptions } from './framework.ts'

export { authorizationHeader, claim, cookie, formBody, RequestRefusedError, resourceMetadataUrl } from '@bearerkit/core'
export type { AccessTokenClaims, AuthContext, ClaimsPredicate, ClaimValue, JwksEndpointOptions } from '@bearerkit/core'
export type { Register, RequiredClaims, ResourceMetadataOptions, TokenSource, VerifierOptions } from '@bearerkit/core'
export type { PathOption, VerifyJwtOptions } from './framework.ts'

/**
 * Middleware, after `verifyJwt`, that requires all of the scopes. Otherwise: 403 `insufficient_scope`.
 *
 * @throws ConfigurationError at start-up if no scope is given, or if one has invalid syntax
 */
export const requireScopes: Members['requireScopes'] = /* @__PURE__ */ core.requireScopesFor(framework)

/** Like {@link requireScopes}, but requires only one of the scopes. */
export const requireAnyScope: Members['requireAnyScope'] = /* @__PURE__ */ core.requireAnyScopeFor(framework)

/** Middleware, after `verifyJwt`, that requires claim values, or a predicate of the claims. Otherwise: 403. */
export const requireClaims: Members['requireClaims'] = /* @__PURE__ */ core.requireClaimsFor(framework)

/** Middleware, after `verifyJwt`, that requires a stronger or more recent login (RFC 9470). Otherwise: 401. */
export const requireAuthentication: Members['requireAuthentication'] =
  /* @__PURE__ */ core.requireAuthenticationFor(framework)

/**
 * Middleware, after `verifyJwt`, that requires an element of `authorization_details` (RFC 9396). Otherwise: 403.
 *
 * @throws ConfigurationError at start-up if the type is missing, or if a member is invalid
 */
export const requireAuthorizationDetails: Members['requireAuthorizationDetails'] =
  /* @__PURE__ */ core.requireAuthorizationDetailsFor(framework)

declare module 'koa' {
  interface DefaultState extends core.RequestAuth {}
}

/** A handler that serves the provider's own public keys. */
export const jwksHandler: Members['jwksHandler'] = /* @__PURE__ */ core.jwksHandlerFor(framework)

/**
 * A handler that serves the protected resource metadata (RFC 9728).
 *
 * @param verification the options of `verifyJwt`
 */
export const resourceMetadataHandler: Members['resourceMetadataHandler'] =
  /* @__PURE__ */ core.resourceMetadataHandlerFor(framework)

/**
 * A handler that revokes the token in a POST request (RFC 7009).
 *
 * @throws ConfigurationError at start-up, naming the option
 */
export const revocationHandler: Members['revocationHandler'] = /* @__PURE__ */ core.revocationHandlerFor(framework)

/**
 * A handler that tells authenticated clients whether a token of this service is active (RFC 7662).
 *
 * @throws ConfigurationError at start-up, naming the option
 */
export const introspectionHandler: Members['introspectionHandler'] =
  /* @__PURE__ */ core.introspectionHandlerFor(framework)

/**
 * A handler for OpenID Connect Back-Channel Logout 1.0: revokes the tokens of the session or the user that logged out.
 *
 * @throws ConfigurationError at start-up, naming the option
 */
export const logoutHandler: Members['logoutHandler'] = /* @__PURE__ */ core.logoutHandlerFor(framework)

/** The middleware that `verifyJwt` returns. Its methods are typed by its `claims` schema. */
export interface VerifyJwt<Claims> extends Middleware, core.VerifyJwtMembers<Pick<Context, 'req'>, Claims> {}

/**
 * Middleware that verifies the bearer token of a request and sets `ctx.state.auth`. Otherwise it throws.
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
 * @throws ConfigurationError at start-up, naming the option and the environment variable
 */
export function verifyJwt<Claims = core.RegisteredClaims>(options: VerifyJwtOptions<Claims> = {}): VerifyJwt<Claims> {
  const { own, step, membersFor } = core.verificationFor(framework, options)
  const members = membersFor((ctx: Pick<Context, 'req'>) => ctx.req)
  return Object.assign(middlewareFor(step, own.property), members)
}

/**
 * Returns the auth context of a request, regardless of the option `property`. If several `verifyJwt` ran, the last one
 * counts.
 *
 * @returns undefined for an anonymous request, or if no `verifyJwt` let the request through
 */
export const authOf = (ctx: Pick<Context, 'req'>): core.AuthContext | undefined => core.authOf(ctx.req)

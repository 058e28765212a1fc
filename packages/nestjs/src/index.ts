import * as core from '@bearerkit/core'
import { type CanActivate, createParamDecorator, type ExecutionContext, type OnModuleDestroy } from '@nestjs/common'
import { exchangeOf } from './exchange.ts'
import { framework, guardFor, type Members, type VerifyJwtOptions } from './framework.ts'
import { isExempt } from './public.ts'

export { authorizationHeader, claim, cookie, formBody, webSocketProtocol } from '@bearerkit/core'
export { RequestRefusedError, resourceMetadataUrl } from '@bearerkit/core'
export type { AccessTokenClaims, AuthContext, ClaimsPredicate, ClaimValue, JwksEndpointOptions } from '@bearerkit/core'
export type { Register, RequiredClaims, ResourceMetadataOptions, TokenSource, VerifierOptions } from '@bearerkit/core'
export type { Handler, VerifyJwtOptions } from './framework.ts'
export { Public } from './public.ts'
export { RequestRefusedException } from './request-refused-exception.ts'

/** The guard that `verifyJwt` returns. Its methods are typed by its `claims` schema. */
export interface VerifyJwt<Claims>
  extends CanActivate, OnModuleDestroy, core.VerifyJwtMembers<ExecutionContext, Claims> {}

/**
 * A guard that verifies the bearer token of a request, for {@link Auth}. Otherwise it throws a
 * {@link RequestRefusedException}. Handlers with {@link Public} are exempt.
 *
 * ```ts
 * import { verifyJwt } from '@bearerkit/nestjs'
 * import { Module } from '@nestjs/common'
 * import { APP_GUARD } from '@nestjs/core'
 *
 * const authenticate = verifyJwt({ issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 *
 * @Module({ providers: [{ provide: APP_GUARD, useValue: authenticate }] })
 * export class AppModule {}
 * ```
 *
 * @param options Default: from `BEARERKIT_ISSUER`, `BEARERKIT_AUDIENCE` and `BEARERKIT_JWKS_URL`
 * @throws ConfigurationError at start-up, naming the option and the environment variable
 */
export function verifyJwt<Claims = core.RegisteredClaims>(options: VerifyJwtOptions<Claims> = {}): VerifyJwt<Claims> {
  const { own, step, authenticator, membersFor } = core.verificationFor(framework, options)
  const guard = guardFor(step, own.property)
  return {
    ...membersFor((context: ExecutionContext) => exchangeOf(context).raw),
    canActivate: (context) => isExempt(context) || guard.canActivate(context),
    onModuleDestroy: () => authenticator.close(),
  }
}

/**
 * The auth context of the request, as a parameter of a handler. Undefined for an anonymous request, and for a handler with
 * {@link Public}. If several `verifyJwt` ran, the last one counts.
 *
 * ```ts
 * import { Auth, type AuthContext } from '@bearerkit/nestjs'
 * import { Controller, Get } from '@nestjs/common'
 *
 * @Controller()
 * export class MeController {
 *   @Get('me')
 *   me(@Auth() auth: AuthContext): object {
 *     return auth.claims
 *   }
 * }
 * ```
 */
export const Auth: () => ParameterDecorator = /* @__PURE__ */ createParamDecorator(
  (_: unknown, context: ExecutionContext) => core.authOf(exchangeOf(context).raw),
)

/**
 * A guard, after `verifyJwt`, that requires all of the scopes. Otherwise: 403 `insufficient_scope`.
 *
 * @throws ConfigurationError at start-up if no scope is given, or if one has invalid syntax
 */
export const requireScopes: Members['requireScopes'] = /* @__PURE__ */ core.requireScopesFor(framework)

/** Like {@link requireScopes}, but requires only one of the scopes. */
export const requireAnyScope: Members['requireAnyScope'] = /* @__PURE__ */ core.requireAnyScopeFor(framework)

/** A guard, after `verifyJwt`, that requires claim values, or a predicate of the claims. Otherwise: 403. */
export const requireClaims: Members['requireClaims'] = /* @__PURE__ */ core.requireClaimsFor(framework)

/** A guard, after `verifyJwt`, that requires a stronger or more recent login (RFC 9470). Otherwise: 401. */
export const requireAuthentication: Members['requireAuthentication'] =
  /* @__PURE__ */ core.requireAuthenticationFor(framework)

/**
 * A guard, after `verifyJwt`, that requires an element of `authorization_details` (RFC 9396). Otherwise: 403.
 *
 * @throws ConfigurationError at start-up if the type is missing, or if a member is invalid
 */
export const requireAuthorizationDetails: Members['requireAuthorizationDetails'] =
  /* @__PURE__ */ core.requireAuthorizationDetailsFor(framework)

/** Middleware that serves the provider's own public keys. */
export const jwksHandler: Members['jwksHandler'] = /* @__PURE__ */ core.jwksHandlerFor(framework)

/**
 * Middleware that serves the protected resource metadata (RFC 9728).
 *
 * @param verification the options of `verifyJwt`
 */
export const resourceMetadataHandler: Members['resourceMetadataHandler'] =
  /* @__PURE__ */ core.resourceMetadataHandlerFor(framework)

/**
 * Middleware that revokes the token in a POST request (RFC 7009).
 *
 * @throws ConfigurationError at start-up, naming the option
 */
export const revocationHandler: Members['revocationHandler'] = /* @__PURE__ */ core.revocationHandlerFor(framework)

/**
 * Middleware that tells authenticated clients whether a token of this service is active (RFC 7662).
 *
 * @throws ConfigurationError at start-up, naming the option
 */
export const introspectionHandler: Members['introspectionHandler'] =
  /* @__PURE__ */ core.introspectionHandlerFor(framework)

/**
 * Middleware for OpenID Connect Back-Channel Logout 1.0: revokes the tokens of the session or the user that logged out.
 *
 * @throws ConfigurationError at start-up, naming the option
 */
export const logoutHandler: Members['logoutHandler'] = /* @__PURE__ */ core.logoutHandlerFor(framework)

import * as core from '@bearerkit/core'
import { framework, type Members, type Middleware, type NodeRequest } from './framework.ts'
import type { VerifyJwtOptions } from './framework.ts'

export { authorizationHeader, claim, cookie, formBody, webSocketProtocol } from '@bearerkit/core'
export { RequestRefusedError, resourceMetadataUrl } from '@bearerkit/core'
export type { AccessTokenClaims, AuthContext, ClaimsPredicate, ClaimValue, JwksEndpointOptions } from '@bearerkit/core'
export type { Register, RequiredClaims, ResourceMetadataOptions, TokenSource, VerifierOptions } from '@bearerkit/core'
export { answerError } from './answer-error.ts'
export type { Handler, Middleware, NodeRequest, VerifyJwtOptions } from './framework.ts'
export { protect } from './protect.ts'
export type { ErrorListener, ProtectedListener } from './protect.ts'
export { protectUpgrade } from './protect-upgrade.ts'
export type { UpgradeListener } from './protect-upgrade.ts'

/** The middleware that `verifyJwt` returns. Its methods are typed by its `claims` schema. */
export interface VerifyJwt<Claims> extends Middleware, core.VerifyJwtMembers<NodeRequest, Claims> {}

/**
 * Middleware that verifies the bearer token of a request and sets `req.auth`. Otherwise it calls `next(err)`.
 *
 * ```ts
 * import { createServer } from 'node:http'
 * import { protect, verifyJwt } from '@bearerkit/node'
 *
 * const authenticate = verifyJwt({ issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 * const server = createServer(protect(authenticate, (req, res) => res.end(JSON.stringify(req.auth.claims))))
 * ```
 *
 * @param options Default: from `BEARERKIT_ISSUER`, `BEARERKIT_AUDIENCE` and `BEARERKIT_JWKS_URL`
 * @throws ConfigurationError at start-up, naming the option and the environment variable
 */
export function verifyJwt<Claims = core.RegisteredClaims>(options: VerifyJwtOptions<Claims> = {}): VerifyJwt<Claims> {
  const { own, step, membersFor } = core.verificationFor(framework, options)
  const members = membersFor((req: NodeRequest) => req)
  return Object.assign(core.connectMiddleware(step, own.property), members)
}

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

/**
 * Returns the auth context of a request, regardless of the option `property`. If several `verifyJwt` ran, the last one
 * counts.
 *
 * @returns undefined for an anonymous request, or if no `verifyJwt` let the request through
 */
export const authOf = (req: NodeRequest): core.AuthContext | undefined => core.authOf(req)

/** A listener that serves the provider's own public keys. */
export const jwksHandler: Members['jwksHandler'] = /* @__PURE__ */ core.jwksHandlerFor(framework)

/**
 * A listener that serves the protected resource metadata (RFC 9728).
 *
 * @param verification the options of `verifyJwt`
 */
export const resourceMetadataHandler: Members['resourceMetadataHandler'] =
  /* @__PURE__ */ core.resourceMetadataHandlerFor(framework)

/**
 * A listener that revokes the token in a POST request (RFC 7009).
 *
 * @throws ConfigurationError at start-up, naming the option
 */
export const revocationHandler: Members['revocationHandler'] = /* @__PURE__ */ core.revocationHandlerFor(framework)

/**
 * A listener that tells authenticated clients whether a token of this service is active (RFC 7662).
 *
 * @throws ConfigurationError at start-up, naming the option
 */
export const introspectionHandler: Members['introspectionHandler'] =
  /* @__PURE__ */ core.introspectionHandlerFor(framework)

/**
 * A listener for OpenID Connect Back-Channel Logout 1.0: revokes the tokens of the session or the user that logged out.
 *
 * @throws ConfigurationError at start-up, naming the option
 */
export const logoutHandler: Members['logoutHandler'] = /* @__PURE__ */ core.logoutHandlerFor(framework)

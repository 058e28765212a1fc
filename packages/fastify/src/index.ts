import * as core from '@bearerkit/core'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { framework, hookFor, type Members, type VerifyJwtOptions } from './framework.ts'

export { authorizationHeader, claim, cookie, formBody, RequestRefusedError, resourceMetadataUrl } from '@bearerkit/core'
export type { AccessTokenClaims, AuthContext, ClaimsPredicate, ClaimValue, JwksEndpointOptions } from '@bearerkit/core'
export type { Register, RequiredClaims, ResourceMetadataOptions, TokenSource, VerifierOptions } from '@bearerkit/core'
export type { VerifyJwtOptions } from './framework.ts'

declare module 'fastify' {
  interface FastifyRequest extends core.RequestAuth {}
  /** `config: { auth: false }` exempts a route from `verifyJwt`. */
  interface FastifyContextConfig extends Partial<Record<keyof core.RequestAuth, false>> {}
  interface FastifyInstance {
    /** Stops trusting an issuer that `resolveIssuer` resolved, immediately and for cached tokens too. */
    forgetIssuer: (iss: string) => void
  }
}

const identity = { name: '@bearerkit/fastify', fastify: '5.x' }

const authenticate: FastifyPluginAsync<VerifyJwtOptions> = async (app, options) => {
  const { own, step, authenticator } = core.verificationFor(framework, options)
  const { hook, decorateAs } = own
  // A nested scope inherits the property of its outer scope.
  if (!app.hasRequestDecorator(decorateAs)) app.decorateRequest(decorateAs)
  if (app.hasDecorator('forgetIssuer')) core.sharedForgetIssuer(authenticator, app.forgetIssuer)
  else app.decorate('forgetIssuer', core.sharedForgetIssuer(authenticator))
  app.addHook('onClose', async () => authenticator.close())
  const verify = hookFor(step, decorateAs)
  app.addHook(hook as 'onRequest', function (request, reply, done) {
    const hasOptedOut = Reflect.get(request.routeOptions.config ?? {}, decorateAs) === false
    return hasOptedOut ? done() : verify.call(this, request, reply, done)
  })
}

/**
 * Plugin that verifies the bearer token of a request and sets `request.auth`. Otherwise the request fails.
 * It applies to every route of the scope that registers it and of nested scopes, except routes with
 * `config: { auth: false }`.
 *
 * ```ts
 * import { verifyJwt } from '@bearerkit/fastify'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * await app.register(verifyJwt, { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 * app.get('/me', async (request) => request.auth.claims)
 * app.get('/health', { config: { auth: false } }, async () => 'fine')
 * ```
 *
 * Options default to `BEARERKIT_ISSUER`, `BEARERKIT_AUDIENCE` and `BEARERKIT_JWKS_URL`.
 * Registering throws a ConfigurationError that names the option and the environment variable.
 */
export const verifyJwt: FastifyPluginAsync<VerifyJwtOptions> = plugin(authenticate, identity)

/**
 * Returns the auth context of a request, regardless of the option `decorateAs`. If several `verifyJwt` ran, the last one
 * counts.
 *
 * @returns undefined for an anonymous request, or if no `verifyJwt` let the request through
 */
export const authOf = (request: Pick<FastifyRequest, 'raw'>): core.AuthContext | undefined => core.authOf(request.raw)

/**
 * A `preHandler`, under `verifyJwt`, that requires all of the scopes. Otherwise: 403 `insufficient_scope`.
 *
 * @throws ConfigurationError at start-up if no scope is given, or if one has invalid syntax
 */
export const requireScopes: Members['requireScopes'] = /* @__PURE__ */ core.requireScopesFor(framework)

/** Like {@link requireScopes}, but requires only one of the scopes. */
export const requireAnyScope: Members['requireAnyScope'] = /* @__PURE__ */ core.requireAnyScopeFor(framework)

/** A `preHandler`, under `verifyJwt`, that requires claim values, or a predicate of the claims. Otherwise: 403. */
export const requireClaims: Members['requireClaims'] = /* @__PURE__ */ core.requireClaimsFor(framework)

/** A `preHandler`, under `verifyJwt`, that requires a stronger or more recent login (RFC 9470). Otherwise: 401. */
export const requireAuthentication: Members['requireAuthentication'] =
  /* @__PURE__ */ core.requireAuthenticationFor(framework)

/**
 * A `preHandler`, under `verifyJwt`, that requires an element of `authorization_details` (RFC 9396). Otherwise: 403.
 *
 * @throws ConfigurationError at start-up if the type is missing, or if a member is invalid
 */
export const requireAuthorizationDetails: Members['requireAuthorizationDetails'] =
  /* @__PURE__ */ core.requireAuthorizationDetailsFor(framework)

/** A route handler that serves the provider's own public keys. */
export const jwksHandler: Members['jwksHandler'] = /* @__PURE__ */ core.jwksHandlerFor(framework)

/**
 * A route handler that serves the protected resource metadata (RFC 9728).
 *
 * @param verification the options of `verifyJwt`
 */
export const resourceMetadataHandler: Members['resourceMetadataHandler'] =
  /* @__PURE__ */ core.resourceMetadataHandlerFor(framework)

/**
 * A route handler that revokes the token in a POST request (RFC 7009).
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
 * A route handler for OpenID Connect Back-Channel Logout 1.0: revokes the tokens of the session or the user that logged out.
 *
 * @throws ConfigurationError at start-up, naming the option
 */
export const logoutHandler: Members['logoutHandler'] = /* @__PURE__ */ core.logoutHandlerFor(framework)

import { type AuthContext, authOf as authOfRequest, type RequestAuth, sharedForgetIssuer } from '@bearerkit/core'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { hookFor, suite, type VerifyJwtOptions } from './framework.ts'

export { authorizationHeader, claim, cookie, formBody, RequestRefusedError, resourceMetadataUrl } from '@bearerkit/core'
export type { AccessTokenClaims, AuthContext, ClaimsPredicate, ClaimValue, JwksEndpointOptions } from '@bearerkit/core'
export type { Register, RequiredClaims, ResourceMetadataOptions, TokenSource, VerifierOptions } from '@bearerkit/core'
export type { VerifyJwtOptions } from './framework.ts'

declare module 'fastify' {
  interface FastifyRequest extends RequestAuth {}
  interface FastifyContextConfig extends RouteOptOut {}
  interface FastifyInstance {
    /** Ends the trust in an issuer that `resolveIssuer` answered for, at once and for remembered tokens too. */
    forgetIssuer: (iss: string) => void
  }
}

/** `config: { auth: false }` leaves a route out of the protection of its scope. */
type RouteOptOut = { [Property in keyof RequestAuth]?: false }

const identity = { name: '@bearerkit/fastify', fastify: '5.x' }

const authenticate: FastifyPluginAsync<VerifyJwtOptions> = async (app, options) => {
  const { own, step, authenticator } = suite.open(options)
  const { hook, decorateAs } = own
  // A scope within a scope that has the property inherits it.
  if (!app.hasRequestDecorator(decorateAs)) app.decorateRequest(decorateAs)
  if (app.hasDecorator('forgetIssuer')) sharedForgetIssuer(authenticator, app.forgetIssuer)
  else app.decorate('forgetIssuer', sharedForgetIssuer(authenticator))
  app.addHook('onClose', async () => authenticator.close())
  const verify = hookFor(step, decorateAs)
  app.addHook(hook as 'onRequest', function (request, reply, done) {
    const hasOptedOut = Reflect.get(request.routeOptions.config ?? {}, decorateAs) === false
    return hasOptedOut ? done() : verify.call(this, request, reply, done)
  })
}

/**
 * Plugin that lets a request through with a good bearer token and sets `request.auth`; otherwise the request fails.
 * It holds for every route of the scope that registers it, and of the scopes within; a route with
 * `config: { auth: false }` is left out.
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
 * Registering throws a ConfigurationError that names the option and the variable.
 */
export const verifyJwt: FastifyPluginAsync<VerifyJwtOptions> = plugin(authenticate, identity)

/**
 * The auth context of a request, whatever property it has. Of several `verifyJwt`, the last counts.
 *
 * @returns undefined for an anonymous request, and for one that no `verifyJwt` has let through
 */
export function authOf(request: Pick<FastifyRequest, 'raw'>): AuthContext | undefined {
  return authOfRequest(request.raw)
}

/**
 * A `preHandler`, under `verifyJwt`, that requires every one of the scopes. Else 403 `insufficient_scope`.
 *
 * @throws ConfigurationError at start-up if no scope is given, or one is not a scope
 */
export const requireScopes: typeof suite.requireScopes = suite.requireScopes

/** The same, for at least one of the scopes. */
export const requireAnyScope: typeof suite.requireAnyScope = suite.requireAnyScope

/** A `preHandler`, under `verifyJwt`, that requires claims to have values, or to satisfy a predicate: see {@link claimsGuard}. Else 403. */
export const requireClaims: typeof suite.requireClaims = suite.requireClaims

/** A `preHandler`, under `verifyJwt`, that requires a stronger or more recent login (RFC 9470). Else 401. */
export const requireAuthentication: typeof suite.requireAuthentication = suite.requireAuthentication

/** A route handler that serves the provider's own public keys. */
export const jwksHandler: typeof suite.jwksHandler = suite.jwksHandler

/**
 * A route handler that serves the protected resource metadata (RFC 9728).
 *
 * @param verification what `verifyJwt` is given
 */
export const resourceMetadataHandler: typeof suite.resourceMetadataHandler = suite.resourceMetadataHandler

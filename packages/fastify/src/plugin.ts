import {
  type AuthContext,
  Authenticator,
  JwksEndpoint,
  type JwksEndpointOptions,
  type JwksPublisher,
  scopeGuard,
  type VerifierOptions,
} from '@bearerkit/core'
import type { FastifyPluginAsync, preHandlerHookHandler, RouteHandlerMethod } from 'fastify'
import plugin from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by `verifyJwt`. In optional mode undefined for requests without credentials. */
    auth: AuthContext
  }
}

const authenticate: FastifyPluginAsync<VerifierOptions> = async (app, options) => {
  const authenticator = new Authenticator(options)
  // A scope inside one that has the property already inherits it.
  if (!app.hasRequestDecorator('auth')) app.decorateRequest('auth')
  app.addHook('onRequest', (request, reply, done) => {
    authenticator.authenticate(request.raw, {
      pass(auth) {
        if (auth !== undefined) request.auth = auth
        done()
      },
      refuse(refusal) {
        // On the reply too: then it goes out whatever the application's error handler makes of the error.
        reply.headers(refusal.headers)
        done(refusal)
      },
    })
  })
}

/**
 * Plugin that lets a request through with a good bearer token and sets `request.auth`; otherwise the request fails.
 * It holds for every route of the scope that registers it, and of the scopes within.
 *
 * ```ts
 * import { verifyJwt } from '@bearerkit/fastify'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * await app.register(verifyJwt, { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 * app.get('/me', async (request) => request.auth.claims)
 * ```
 *
 * Options default to `BEARERKIT_ISSUER`, `BEARERKIT_AUDIENCE` and `BEARERKIT_JWKS_URL`.
 * Registering throws a ConfigurationError that names the option and the variable.
 */
export const verifyJwt: FastifyPluginAsync<VerifierOptions> = plugin(authenticate, {
  name: '@bearerkit/fastify',
  fastify: '5.x',
})

/**
 * A `preHandler`, under `verifyJwt`, that requires every one of the scopes. Else 403 `insufficient_scope`.
 *
 * @throws ConfigurationError at start-up if no scope is given, or one is not a scope
 */
export function requireScopes(...scopes: readonly string[]): preHandlerHookHandler {
  const guard = scopeGuard(...scopes)
  return (request, reply, done) => {
    const refusal = guard(request.raw)
    if (refusal !== undefined) reply.headers(refusal.headers)
    done(refusal)
  }
}

/** A route handler that serves the provider's own public keys. */
export function jwksHandler(keys: JwksPublisher, options?: JwksEndpointOptions): RouteHandlerMethod {
  const endpoint = new JwksEndpoint(keys, options)
  return async (request, reply) => {
    const { status, headers, body } = await endpoint.respond(request.raw)
    // As bytes: to a string Fastify would add a charset.
    return reply.code(status).headers(headers).send(Buffer.from(body))
  }
}

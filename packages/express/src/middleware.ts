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
import type { NextFunction, RequestHandler, Response } from 'express'

declare global {
  namespace Express {
    interface Request {
      /** Set by `verifyJwt`. In optional mode undefined for requests without credentials. */
      auth: AuthContext
    }
  }
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
export function verifyJwt(options?: VerifierOptions): RequestHandler {
  const authenticator = new Authenticator(options)
  return (req, res, next) => {
    authenticator.authenticate(req, {
      pass(auth) {
        if (auth !== undefined) req.auth = auth
        next()
      },
      refuse: (refusal) => refuse(res, next, refusal),
    })
  }
}

/**
 * Middleware, after `verifyJwt`, that requires every one of the scopes. Else 403 `insufficient_scope`.
 *
 * @throws ConfigurationError at start-up if no scope is given, or one is not a scope
 */
export function requireScopes(...scopes: readonly string[]): RequestHandler {
  const guard = scopeGuard(...scopes)
  return (req, res, next) => {
    const refusal = guard(req)
    if (refusal === undefined) next()
    else refuse(res, next, refusal)
  }
}

/** A route handler that serves the provider's own public keys. */
export function jwksHandler(keys: JwksPublisher, options?: JwksEndpointOptions): RequestHandler {
  const endpoint = new JwksEndpoint(keys, options)
  return (req, res, next) => {
    // writeHead, not res.set: Express would add a charset to the media type.
    endpoint.respond(req).then(({ status, headers, body }) => res.writeHead(status, headers).end(body), next)
  }
}

/** The header is set on the response too: then it goes out whatever the application's error handler makes of the error. */
function refuse(res: Response, next: NextFunction, refusal: RequestRefusedError): void {
  res.set(refusal.headers)
  next(refusal)
}

import { createPublicKey } from 'node:crypto'
import type { RequestHandler } from 'express'
import { bearerToken } from './bearer-token.ts'
import type { App } from './frameworks.ts'
import { limits, ours, type Subject, withoutAuthentication } from './subject.ts'
import { type Verify, verifiers } from './verifiers.ts'

const own: readonly Subject<RequestHandler | undefined>[] = [
  { name: withoutAuthentication, role: 'none', tokens: 'repeated', protection: async () => undefined },
  ...limits.map(({ name, checkOf }): Subject<RequestHandler> => ({
    name,
    role: 'limit',
    tokens: 'new',
    protection: async ({ alg, publicJwk }) => {
      const check = checkOf(alg, createPublicKey({ key: publicJwk, format: 'jwk' }))
      return (req, res, next) => check(bearerToken(req), (holds) => (holds ? next() : res.sendStatus(401)))
    },
  })),
  {
    name: ours,
    role: 'ours',
    protection: async ({ issuer, audience, jwksUrl }) => {
      const { verifyJwt } = await import('@bearerkit/express')
      return verifyJwt({ issuer, audience, jwksUrl })
    },
  },
  {
    name: 'express-oauth2-jwt-bearer',
    role: 'peer',
    protection: async ({ issuer, audience, jwksUrl, alg }) => {
      const { auth } = await import('express-oauth2-jwt-bearer')
      return auth({ issuer, audience, jwksUri: jwksUrl, tokenSigningAlg: alg }) as RequestHandler
    },
  },
  {
    name: 'express-jwt with jwks-rsa',
    role: 'peer',
    protection: async ({ issuer, audience, jwksUrl, alg }) => {
      const { expressjwt } = await import('express-jwt')
      const { default: jwksRsa } = await import('jwks-rsa')
      const secret = jwksRsa.expressJwtSecret({ jwksUri: jwksUrl, cache: true })
      return expressjwt({ secret, issuer, audience, algorithms: [alg] }) as RequestHandler
    },
  },
]

/** Every measured way to protect an Express server. */
export const subjects: readonly Subject<RequestHandler | undefined>[] = [
  ...own,
  ...verifiers.map(
    (subject) =>
      ({
        ...subject,
        protection: async (setup) => handlerOf(await subject.protection(setup)),
      }) satisfies Subject<RequestHandler>,
  ),
]

function handlerOf(verify: Verify): RequestHandler {
  return async (req, res, next) => {
    try {
      ;(req as { verified?: unknown }).verified = await verify(bearerToken(req))
    } catch {
      res.sendStatus(401)
      return
    }
    next()
  }
}

export async function appWith(protection: RequestHandler | undefined): Promise<App> {
  const { default: express } = await import('express')
  const app = express()
  if (protection !== undefined) app.use(protection)
  app.get('/', (_req, res) => void res.json({ hello: 'world' }))
  return { listen: (listening) => app.listen(0, '127.0.0.1', listening) }
}

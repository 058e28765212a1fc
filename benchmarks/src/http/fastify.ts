import { createPublicKey } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { bearerToken } from './bearer-token.ts'
import type { App } from './frameworks.ts'
import { pemOf } from './pem.ts'
import { limits, ours, type Setup, type Subject, withoutAuthentication } from './subject.ts'
import { type Verify, verifiers } from './verifiers.ts'

/** Adds hooks to an application. */
type Protection = (app: FastifyInstance) => Promise<void>

const own: readonly Subject<Protection>[] = [
  { name: withoutAuthentication, role: 'none', tokens: 'repeated', protection: async () => async () => undefined },
  ...limits.map(({ name, checkOf }): Subject<Protection> => ({
    name,
    role: 'limit',
    tokens: 'new',
    protection: async ({ alg, publicJwk }) => {
      const check = checkOf(alg, createPublicKey({ key: publicJwk, format: 'jwk' }))
      return async (app) => {
        app.addHook('onRequest', (request, reply, done) => {
          check(bearerToken(request), (holds) => {
            if (holds) done()
            else void reply.code(401).send()
          })
        })
      }
    },
  })),
  {
    name: ours,
    role: 'ours',
    protection: async ({ issuer, audience, jwksUrl }) => {
      const { verifyJwt } = await import('@bearerkit/fastify')
      return async (app) => {
        await app.register(verifyJwt, { issuer, audience, jwksUrl })
      }
    },
  },
  { name: '@fastify/jwt', role: 'peer', protection: (setup) => fastifyJwt(setup, false) },
  {
    name: '@fastify/jwt with its cache',
    role: 'peer',
    tokens: 'repeated',
    protection: (setup) => fastifyJwt(setup, true),
  },
  {
    name: 'fastify-jwt-jwks',
    role: 'peer',
    algs: ['RS256'],
    protection: async ({ issuer, audience, jwksUrl }) => {
      const { fastifyJwtJwks } = await import('fastify-jwt-jwks')
      return async (app) => {
        await app.register(fastifyJwtJwks, { jwksUrl, issuer, audience })
        app.addHook('onRequest', app.authenticate)
      }
    },
  },
]

/** Every measured way to protect a Fastify server. */
export const subjects: readonly Subject<Protection>[] = [
  ...own,
  ...verifiers.map(
    (subject) =>
      ({
        ...subject,
        protection: async (setup) => hookOf(await subject.protection(setup)),
      }) satisfies Subject<Protection>,
  ),
]

async function fastifyJwt(setup: Setup, cache: boolean): Promise<Protection> {
  const { default: plugin } = await import('@fastify/jwt')
  const { issuer: allowedIss, audience: allowedAud, alg } = setup
  return async (app) => {
    await app.register(plugin, {
      secret: { public: pemOf(setup) },
      verify: { algorithms: [alg], allowedIss, allowedAud, cache },
    })
    app.addHook('onRequest', (request) => request.jwtVerify())
  }
}

function hookOf(verify: Verify): Protection {
  return async (app) => {
    app.decorateRequest('verified')
    app.addHook('onRequest', async (request, reply) => {
      try {
        ;(request as { verified?: unknown }).verified = await verify(bearerToken(request))
      } catch {
        await reply.code(401).send()
      }
    })
  }
}

export async function appWith(protect: Protection): Promise<App> {
  const { default: fastify } = await import('fastify')
  const app = fastify()
  await protect(app)
  app.get('/', async () => ({ hello: 'world' }))
  await app.ready()
  return { listen: (listening) => app.server.listen(0, '127.0.0.1', listening) }
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type * as Core from '@bearerkit/core'
import type * as ForExpress from '@bearerkit/express'
import type * as ForFastify from '@bearerkit/fastify'
import type * as ForKoa from '@bearerkit/koa'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import supertest from 'supertest'

/** Loads all packages with separate state and classes, like a second installed copy. */
interface Copy {
  readonly core: typeof Core
  readonly forExpress: typeof ForExpress
  readonly forKoa: typeof ForKoa
  readonly forFastify: typeof ForFastify
}

async function anotherCopy(): Promise<Copy> {
  let copy!: Copy
  await jest.isolateModulesAsync(async () => {
    const [core, forExpress, forKoa, forFastify] = await Promise.all([
      import('@bearerkit/core'),
      import('@bearerkit/express'),
      import('@bearerkit/koa'),
      import('@bearerkit/fastify'),
    ])
    copy = { core, forExpress, forKoa, forFastify }
  })
  return copy
}

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'

let one: Copy
let other: Copy
let keys: Core.LocalKeyProvider
let token: string

beforeAll(async () => {
  one = await anotherCopy()
  other = await anotherCopy()
  keys = new one.core.LocalKeyProvider()
  await keys.createKey({ alg: 'ES256' })
  token = await new one.core.TokenIssuer({ keys, issuer, audience }).issue({ sub: 'user-1', scope: 'a' })
})

it('the packages are loaded as two copies', () => {
  expect(one.core.TokenError).not.toBe(other.core.TokenError)
  expect(one.forExpress.verifyJwt).not.toBe(other.forExpress.verifyJwt)
})

type Serve = (respond: boolean) => Promise<(req: IncomingMessage, res: ServerResponse) => unknown>

/** `verifyJwt` of one copy and guards of the other. The token has the scope that `/a` requires, but not the one of `/b`. */
const servers: Readonly<Record<string, Serve>> = {
  async Express(respond) {
    const app = express().set('env', 'test').use(one.forExpress.verifyJwt({ keys, issuer, audience, respond }))
    for (const scope of ['a', 'b'])
      app.get(`/${scope}`, other.forExpress.requireScopes(scope), (_req, res) => void res.end('ok'))
    return app
  },
  async Koa(respond) {
    const app = new Koa().use(one.forKoa.verifyJwt({ keys, issuer, audience, respond }))
    app.silent = true
    app
      .use((ctx, next) => other.forKoa.requireScopes(ctx.path.slice(1))(ctx, next))
      .use((ctx) => {
        ctx.body = 'ok'
      })
    return app.callback()
  },
  async Fastify(respond) {
    const app = fastify()
    await app.register(one.forFastify.verifyJwt, { keys, issuer, audience, respond })
    for (const scope of ['a', 'b'])
      app.get(`/${scope}`, { preHandler: other.forFastify.requireScopes(scope) }, async () => 'ok')
    await app.ready()
    return (req, res) => app.routing(req, res)
  },
}

describe.each(Object.entries(servers))('%s, with the guards of another copy', (_, serve) => {
  it.each([false, true])('uses the auth context of verifyJwt (respond: %p)', async (respond) => {
    const server = createServer(await serve(respond))
    const asked = async (path: string): Promise<unknown> => {
      const { status, headers } = await supertest(server).get(path).auth(token, { type: 'bearer' })
      return [status, headers['www-authenticate']]
    }
    expect(await asked('/a')).toEqual([200, undefined])
    const challenge = 'Bearer realm="api", error="insufficient_scope", '
    const description = 'error_description="The access token does not have the required scope", scope="b"'
    expect(await asked('/b')).toEqual([403, challenge + description])
  })
})

it('Fastify’s forgetIssuer applies to the plugin of another copy in a nested scope', async () => {
  const asked: string[] = []
  const resolving = (name: string): ForFastify.VerifyJwtOptions => ({
    audience,
    resolveIssuer: () => {
      asked.push(name)
      return { keys }
    },
  })
  const app = fastify()
  await app.register(one.forFastify.verifyJwt, resolving('outer'))
  await app.register(async (inner) => {
    await inner.register(other.forFastify.verifyJwt, resolving('inner'))
    inner.get('/', async () => 'ok')
  })
  const headers = { authorization: `Bearer ${token}` }
  for (let round = 0; round < 2; round += 1) expect((await app.inject({ url: '/', headers })).statusCode).toBe(200)
  app.forgetIssuer(issuer)
  expect((await app.inject({ url: '/', headers })).statusCode).toBe(200)
  expect(asked).toEqual(['outer', 'inner', 'outer', 'inner'])
})

describe('a verifier with the keys of another copy', () => {
  it('verifies with them', async () => {
    const verifier = new other.core.TokenVerifier({ keys, issuer, audience })
    expect((await verifier.verify(token)).claims.sub).toBe('user-1')
  })

  it('distinguishes an outage of the keys from a bad token', async () => {
    const down = new one.core.RemoteJwksKeyProvider({
      jwksUrl: `${issuer}/jwks`,
      fetch: () => Promise.reject(new TypeError('fetch failed')),
    })
    const authenticator = new other.core.Authenticator({ keys: down, issuer, audience })
    const request = { headers: { authorization: `Bearer ${token}` } }
    const error = await new Promise((resolve) => {
      authenticator.authenticate(request, { pass: resolve, refuse: resolve })
    })
    expect(error).toMatchObject({ status: 503, code: 'key_source_unavailable', headers: { 'Retry-After': '1' } })
    const { status } = await new other.core.JwksEndpoint(down, { include: 'all' }).respond({
      method: 'GET',
      headers: {},
    })
    expect(status).toBe(503)
  })

  it('throws the right error for the MCP SDK', async () => {
    class InvalidTokenError extends Error {}
    class ServerError extends Error {}
    const mcp = other.core.toMcpVerifier(new one.core.TokenVerifier({ keys, issuer, audience }), {
      InvalidTokenError,
      ServerError,
    })
    await expect(mcp.verifyAccessToken('bad')).rejects.toBeInstanceOf(InvalidTokenError)
  })
})

it('authorizationHeader() of another copy is recognized as the header', async () => {
  const tokenSource = [other.core.authorizationHeader(), other.core.cookie('session')]
  const authenticator = new one.core.Authenticator({ keys, issuer, audience, tokenSource })
  const request = { headers: { authorization: `Bearer ${token}` } }
  const auth = await new Promise((resolve, reject) => {
    authenticator.authenticate(request, { pass: resolve, refuse: reject })
  })
  expect(auth).toMatchObject({ scheme: 'Bearer' })
})

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type IntrospectedClaims,
  type IntrospectionHandlerOptions,
  LocalKeyProvider,
  TokenIssuer,
} from '@bearerkit/core'
import * as onExpress from '@bearerkit/express'
import * as onFastify from '@bearerkit/fastify'
import * as onKoa from '@bearerkit/koa'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import * as oauth from 'oauth4webapi'

const issuer = 'https://issuer.example.com'
const secret = 'a secret: 100% + /&=~*'
const keys = new LocalKeyProvider()
const tokens = new TokenIssuer({ keys, issuer, audience: 'orders', expiresIn: '10m' })
beforeAll(() => keys.createKey({ alg: 'ES256' }))

const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url')
const exp = Math.floor(Date.now() / 1000) + 600
const stored: Readonly<Record<string, IntrospectedClaims>> = {
  [digestOf('opaque')]: { iss: issuer, sub: 'user-1', aud: 'orders', scope: 'orders:read', exp },
  [digestOf('of-others')]: { iss: issuer, sub: 'user-1', aud: 'billing', exp },
  [digestOf('expired')]: { iss: issuer, sub: 'user-1', aud: 'orders', exp: exp - 700 },
}

/** Returns the id and the secret in the header. RFC 6749 §2.3.1: both are form-encoded, which clients do differently. */
function basicCredentials(authorization: unknown): readonly unknown[] {
  const [, encoded = ''] = /^Basic (.*)$/.exec(String(authorization)) ?? []
  const parts = Buffer.from(encoded, 'base64').toString().split(':')
  return parts.map((part) => new URLSearchParams(`=${part}`).get(''))
}

const options: IntrospectionHandlerOptions = {
  find: (token) => stored[digestOf(token)],
  verification: { issuer, audience: null, keys },
  authenticate: ({ headers }, { client_id: id, client_secret: given }) => {
    const credentials = id === undefined ? basicCredentials(headers['authorization']) : [id, given]
    return credentials.join(' ') === `orders ${secret}` && 'orders'
  },
  signing: { keys, issuer },
}

/** Apps that answer at `/introspect`. */
const apps: Readonly<Record<string, () => Promise<RequestListener>>> = {
  Express: async () => express().use('/introspect', onExpress.introspectionHandler(options)) as RequestListener,
  Koa: async () => {
    const handle = new Koa().use(onKoa.introspectionHandler({ ...options, path: '/introspect' })).callback()
    return (request, response) => void handle(request, response)
  },
  Fastify: async () => {
    const app = fastify()
    const form = 'application/x-www-form-urlencoded'
    app.addContentTypeParser(form, { parseAs: 'string' }, (_request, body, done) => done(null, body))
    app.post('/introspect', onFastify.introspectionHandler(options))
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}

describe.each(Object.entries(apps))('oauth4webapi asks %s', (_name, start) => {
  const client: oauth.Client = { client_id: 'orders' }
  let server: Server
  let as: oauth.AuthorizationServer

  beforeAll(async () => {
    server = createServer(await start()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    as = {
      issuer,
      introspection_endpoint: `http://127.0.0.1:${port}/introspect`,
      introspection_signing_alg_values_supported: ['ES256'],
      jwks_uri: 'https://issuer.example.com/jwks',
    }
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const methods: Readonly<Record<string, oauth.ClientAuth>> = {
    client_secret_basic: oauth.ClientSecretBasic(secret),
    client_secret_post: oauth.ClientSecretPost(secret),
  }

  /** Asks, and validates the answer. The signature of a JWT is checked too. */
  async function ask(token: string, method: oauth.ClientAuth, requestJwtResponse: boolean): Promise<unknown> {
    const asking = { requestJwtResponse, [oauth.allowInsecureRequests]: true }
    const response = await oauth.introspectionRequest(as, client, method, token, asking)
    const type = response.headers.get('content-type')
    expect(type).toContain(requestJwtResponse ? 'application/token-introspection+jwt' : 'application/json')
    const answer = await oauth.processIntrospectionResponse(as, client, response)
    if (requestJwtResponse) {
      const jwks = await keys.publishedJwks()
      await oauth.validateApplicationLevelSignature(as, response, {
        [oauth.customFetch]: async () => Response.json(jwks),
      })
    }
    return answer
  }

  const forms = [
    ['JSON', false],
    ['a JWT', true],
  ] as const

  describe.each(Object.entries(methods))('with %s', (_method, method) => {
    test.each(forms)('about an opaque token, and is answered with %s', async (_form, isJwt) => {
      const claims = { iss: issuer, sub: 'user-1', aud: 'orders', scope: 'orders:read', token_type: 'Bearer' }
      expect(await ask('opaque', method, isJwt)).toEqual({ active: true, exp, ...claims })
    })

    test.each(forms)('about a JWT, and is answered with %s', async (_form, isJwt) => {
      const token = await tokens.issue({ sub: 'user-2' })
      expect(await ask(token, method, isJwt)).toMatchObject({ active: true, iss: issuer, sub: 'user-2' })
    })

    test.each(forms)('about tokens that are not active for it, and is answered with %s', async (_form, isJwt) => {
      const damaged = `${(await tokens.issue({ sub: 'user-2' })).slice(0, -8)}AAAAAAAA`
      for (const token of ['junk', 'of-others', 'expired', damaged])
        expect(await ask(token, method, isJwt)).toEqual({ active: false })
    })
  })

  test('with a wrong secret, and learns that it is not authenticated', async () => {
    const failure = await ask('opaque', oauth.ClientSecretBasic('wrong'), false).catch((error: unknown) => error)
    expect(failure).toMatchObject({ status: 401 })
  })
})

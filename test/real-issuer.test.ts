import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { RemoteJwksKeyProvider, type VerifierOptions } from '@bearerkit/core'
import * as onExpress from '@bearerkit/express'
import * as onFastify from '@bearerkit/fastify'
import * as onKoa from '@bearerkit/koa'
import Router from '@koa/router'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

const audience = 'https://api.example.com'

/** Apps that protect `/me`, and `/reports` with the scope `reports:read`. */
const apps: Readonly<Record<string, (options: VerifierOptions) => Promise<RequestListener>>> = {
  express: async (options) => {
    const app = express()
    app.use(onExpress.verifyJwt(options))
    app.get('/me', (req, res) => res.json(req.auth.claims))
    app.get('/reports', onExpress.requireScopes('reports:read'), (req, res) => res.json(req.auth.claims))
    return app as RequestListener
  },
  koa: async (options) => {
    const router = new Router()
    router.get('/me', (ctx) => void (ctx.body = ctx.state.auth.claims))
    router.get('/reports', onKoa.requireScopes('reports:read'), (ctx) => void (ctx.body = ctx.state.auth.claims))
    const app = new Koa()
    app.use(onKoa.verifyJwt(options)).use(router.routes())
    const handle = app.callback()
    return (request, response) => void handle(request, response)
  },
  fastify: async (options) => {
    const app = fastify()
    await app.register(onFastify.verifyJwt, options)
    app.get('/me', async (request) => request.auth.claims)
    app.get('/reports', { preHandler: onFastify.requireScopes('reports:read') }, async (request) => request.auth.claims)
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}

let authorizationServer: ChildProcess
let issuer: string

async function told(child: ChildProcess): Promise<Record<string, string>> {
  const [message] = (await once(child, 'message')) as [Record<string, string>]
  return message
}

async function command(name: 'rotate' | 'retire'): Promise<void> {
  const done = told(authorizationServer)
  authorizationServer.send(name)
  expect(await done).toEqual({ done: name })
}

/** RFC 6749 §4.4 with RFC 8707. */
async function accessToken({ resource = audience, scope = 'reports:read' } = {}): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('reporter:a+secret+of+this+test').toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope }),
  })
  const { access_token: token, ...others } = (await response.json()) as { access_token?: string }
  if (token === undefined) throw new Error(`no token: ${JSON.stringify(others)}`)
  return token
}

beforeAll(async () => {
  authorizationServer = fork(join(__dirname, 'real-issuer/issuer.mjs'), { silent: true, execArgv: [] })
  ;({ issuer = '' } = await told(authorizationServer))
}, 20_000)

afterAll(async () => {
  authorizationServer.kill()
  await once(authorizationServer, 'exit')
})

describe.each(Object.entries(apps))('%s with a certified authorization server', (_name, start) => {
  let keys: RemoteJwksKeyProvider
  let server: Server

  beforeEach(async () => {
    keys = new RemoteJwksKeyProvider({ issuer })
    server = createServer(await start({ issuer, audience, keys, profile: 'rfc9068' }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterEach(async () => {
    keys.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  async function get(
    path: string,
    token: string,
  ): Promise<{ status: number; challenge: string | null; claims: unknown }> {
    const { port } = server.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } })
    const text = await response.text()
    const claims: unknown = response.ok ? JSON.parse(text) : undefined
    return { status: response.status, challenge: response.headers.get('www-authenticate'), claims }
  }

  const invalidToken = {
    status: 401,
    challenge: 'Bearer realm="api", error="invalid_token", error_description="The access token is invalid"',
  }

  test('accepts RFC 9068 tokens and checks their scopes', async () => {
    const claims = { iss: issuer, aud: audience, client_id: 'reporter', sub: 'reporter', scope: 'reports:read' }
    expect(await get('/reports', await accessToken())).toMatchObject({ status: 200, claims })
  })

  test('refuses a token only for the missing scope', async () => {
    const token = await accessToken({ scope: 'reports:write' })
    expect(await get('/me', token)).toMatchObject({ status: 200 })
    expect(await get('/reports', token)).toMatchObject({
      status: 403,
      challenge: expect.stringMatching(/error="insufficient_scope".*scope="reports:read"/) as string,
    })
  })

  test('refuses a token for another resource', async () => {
    expect(await get('/me', await accessToken({ resource: 'https://elsewhere.example.com' }))).toMatchObject(
      invalidToken,
    )
  })

  test('refuses a token whose payload was replaced', async () => {
    const [header, , signature] = (await accessToken()).split('.')
    const [, payload] = (await accessToken({ scope: 'reports:write' })).split('.')
    expect(await get('/me', [header, payload, signature].join('.'))).toMatchObject(invalidToken)
  })

  test('accepts new tokens immediately after a rotation, and old ones until their key is removed', async () => {
    const old = await accessToken()
    expect(await get('/me', old)).toMatchObject({ status: 200 })
    await command('rotate')
    const fresh = await accessToken()
    expect(fresh.split('.')[0]).not.toBe(old.split('.')[0])
    expect(await get('/me', fresh)).toMatchObject({ status: 200 })
    expect(await get('/me', old)).toMatchObject({ status: 200 })
    await command('retire')
    await keys.refresh()
    expect(await get('/me', fresh)).toMatchObject({ status: 200 })
    expect(await get('/me', old)).toMatchObject(invalidToken)
  })
})

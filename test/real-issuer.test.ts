import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import {
  type LogoutHandlerOptions,
  RemoteJwksKeyProvider,
  Revocations,
  type TokenRevoker,
  type TokensToRevoke,
  type VerifierOptions,
} from '@bearerkit/core'
import * as onExpress from '@bearerkit/express'
import * as onFastify from '@bearerkit/fastify'
import * as onKoa from '@bearerkit/koa'
import Router from '@koa/router'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

const audience = 'https://api.example.com'

/** The options of `logoutHandler`, and what it revokes. */
interface Logout {
  readonly revocations: Revocations
  readonly revoked: TokensToRevoke[]
  readonly options: LogoutHandlerOptions
}

function revokerOf({ revoked, revocations }: Logout): TokenRevoker {
  return {
    revoke(tokens) {
      revoked.push(tokens)
      return revocations.revoke(tokens)
    },
  }
}

/** Apps that take logout tokens at `/logout`, and protect `/me`, and `/reports` with the scope `reports:read`. */
const apps: Readonly<Record<string, (options: VerifierOptions, logout: Logout) => Promise<RequestListener>>> = {
  express: async (options, logout) => {
    const app = express()
    app.post('/logout', onExpress.logoutHandler(revokerOf(logout), logout.options))
    app.use(onExpress.verifyJwt(options))
    app.get('/me', (req, res) => res.json(req.auth.claims))
    app.get('/reports', onExpress.requireScopes('reports:read'), (req, res) => res.json(req.auth.claims))
    return app as RequestListener
  },
  koa: async (options, logout) => {
    const router = new Router()
    router.get('/me', (ctx) => void (ctx.body = ctx.state.auth.claims))
    router.get('/reports', onKoa.requireScopes('reports:read'), (ctx) => void (ctx.body = ctx.state.auth.claims))
    const app = new Koa()
    app.use(onKoa.logoutHandler(revokerOf(logout), { ...logout.options, path: '/logout' }))
    app.use(onKoa.verifyJwt(options)).use(router.routes())
    const handle = app.callback()
    return (request, response) => void handle(request, response)
  },
  fastify: async (options, logout) => {
    const app = fastify()
    const form = 'application/x-www-form-urlencoded'
    app.addContentTypeParser(form, { parseAs: 'string' }, (_request, body, done) => done(null, body))
    app.post('/logout', { config: { auth: false } }, onFastify.logoutHandler(revokerOf(logout), logout.options))
    await app.register(onFastify.verifyJwt, options)
    app.get('/me', async (request) => request.auth.claims)
    app.get('/reports', { preHandler: onFastify.requireScopes('reports:read') }, async (request) => request.auth.claims)
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}

let authorizationServer: ChildProcess
let issuer: string

async function messageOf(child: ChildProcess): Promise<Record<string, unknown>> {
  const [message] = (await once(child, 'message')) as [Record<string, unknown>]
  return message
}

async function command(name: string, options: object = {}): Promise<Record<string, unknown>> {
  const told = messageOf(authorizationServer)
  authorizationServer.send({ command: name, ...options })
  const { done, ...answer } = await told
  expect(done).toBe(name)
  return answer
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
  issuer = String((await messageOf(authorizationServer))['issuer'])
}, 20_000)

afterAll(async () => {
  authorizationServer.kill()
  await once(authorizationServer, 'exit')
})

describe.each(Object.entries(apps))('%s with a certified authorization server', (_name, start) => {
  let keys: RemoteJwksKeyProvider
  let server: Server
  let logout: Logout

  beforeEach(async () => {
    keys = new RemoteJwksKeyProvider({ issuer })
    const revocations = await Revocations.open()
    const onFailure = (error: Error): number => failures.push(error)
    logout = { revocations, revoked: [], options: { issuer, keys, clientId: 'portal', onFailure } }
    const options: VerifierOptions = { issuer, audience, keys, profile: 'rfc9068', isRevoked: revocations }
    server = createServer(await start(options, logout))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterEach(async () => {
    keys.close()
    await logout.revocations.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const failures: Error[] = []

  function urlOf(path: string): string {
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  }

  async function get(
    path: string,
    token: string,
  ): Promise<{ status: number; challenge: string | null; claims: unknown }> {
    const response = await fetch(urlOf(path), { headers: { authorization: `Bearer ${token}` } })
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

  test('revokes the session that its logout token names', async () => {
    const sent = { uri: urlOf('/logout'), sub: 'user-1', sid: 'session-1' }
    expect(await command('logOut', sent)).toEqual({ status: 200 })
    expect(logout.revoked).toEqual([{ iss: issuer, sid: 'session-1' }])
  })

  test('revokes the earlier tokens of the user if its logout token names no session', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000
    expect(await command('logOut', { uri: urlOf('/logout'), sub: 'user-1' })).toEqual({ status: 200 })
    const [tokens] = logout.revoked as { issuedBefore: Date }[]
    expect(logout.revoked).toEqual([{ iss: issuer, sub: 'user-1', issuedBefore: expect.any(Date) as Date }])
    expect(tokens?.issuedBefore.getTime()).toBeGreaterThanOrEqual(before)
  })

  test('refuses the access tokens of a subject that has logged out, and of no other', async () => {
    const token = await accessToken()
    await command('logOut', { uri: urlOf('/logout'), sub: 'another' })
    expect(await get('/me', token)).toMatchObject({ status: 200 })
    await command('logOut', { uri: urlOf('/logout'), sub: 'reporter' })
    expect(await get('/me', token)).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('The access token has been revoked') as string,
    })
  })

  test('accepts each of its logout tokens once', async () => {
    const bodies: string[] = []
    server.prependListener('request', (request: IncomingMessage) => {
      const chunks: Buffer[] = []
      const emit = request.emit.bind(request)
      request.emit = (event: string, ...args: unknown[]) => {
        if (event === 'data') chunks.push(args[0] as Buffer)
        if (event === 'end') bodies.push(Buffer.concat(chunks).toString())
        return emit(event, ...args)
      }
    })
    await command('logOut', { uri: urlOf('/logout'), sub: 'user-1', sid: 'session-1' })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const again = await fetch(urlOf('/logout'), { method: 'POST', headers, body: bodies[0] ?? '' })
    expect([again.status, failures.splice(0)]).toEqual([400, [expect.objectContaining({ code: 'token_replayed' })]])
  })

  test('refuses its logout tokens for another client', async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    const options: Logout = { ...logout, options: { ...logout.options, clientId: 'other' } }
    server = createServer(await start({ issuer, audience, keys }, options))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const sent = { uri: urlOf('/logout'), sub: 'user-1', sid: 'session-1' }
    expect(await command('logOut', sent)).toMatchObject({ status: 400 })
    expect(logout.revoked).toEqual([])
    expect(failures.splice(0)).toEqual([expect.objectContaining({ code: 'audience_mismatch' })])
  })

  test('refuses its access tokens as logout tokens', async () => {
    const body = new URLSearchParams({ logout_token: await accessToken() })
    expect((await fetch(urlOf('/logout'), { method: 'POST', body })).status).toBe(400)
    expect(failures.splice(0)).toEqual([expect.objectContaining({ code: 'type_not_accepted' })])
  })
})

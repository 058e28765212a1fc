import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect as connectHttp2, createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { dpopNonces, type DpopOptions, type VerifierOptions } from '@bearerkit/core'
import * as onFastify from '@bearerkit/fastify'
import { redisReplayStore } from '@bearerkit/redis'
import { createDpopClient, createTestCertificate, createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import fastify from 'fastify'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { createClient } from 'redis'
import { mountedApps } from './dpop/mounted-apps.ts'
import { redisForTests, redisPatience } from './support/redis-server.ts'

const audience = 'https://api.example.com'
const secret = 'a secret of 32 characters or more'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await createTestIssuer({ audience })
})
afterAll(() => issuer.close())

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** Starts an app and returns the URL of `/me`. */
async function started(name: string, dpop: DpopOptions, options: VerifierOptions = {}): Promise<URL> {
  const listener = await mountedApps[name]?.({ issuer: issuer.issuer, audience, dpop, ...options })
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(server)
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/me?query=left-out`)
}

async function thumbprintOf({ publicKey }: oauth.CryptoKeyPair): Promise<string> {
  const { calculateJwkThumbprint } = await import('jose')
  return calculateJwkThumbprint(await crypto.subtle.exportKey('jwk', publicKey))
}

describe.each(Object.keys(mountedApps))('%s, mounted, with nonces', (name) => {
  test('serves oauth4webapi, which sends the request again with the nonce', async () => {
    const url = await started(name, { nonce: dpopNonces(secret), required: true })
    const keyPair = await oauth.generateKeyPair('ES256')
    const thumbprint = await thumbprintOf(keyPair)
    const token = await issuer.issue({}, { boundTo: { jkt: thumbprint } })
    const DPoP = oauth.DPoP({}, keyPair)
    const ask = (): Promise<Response> =>
      oauth.protectedResourceRequest(token, 'GET', url, undefined, undefined, {
        DPoP,
        [oauth.allowInsecureRequests]: true,
      })
    const refused = await ask().catch((error: unknown) => error)
    expect(oauth.isDPoPNonceError(refused)).toBe(true)
    const [again, third] = [await ask(), await ask()]
    expect(await again.json()).toMatchObject({ kind: 'dpop', thumbprint })
    expect(third.status).toBe(200)
  })

  test('serves openid-client', async () => {
    const url = await started(name, { nonce: dpopNonces(secret) })
    const keyPair = await openid.randomDPoPKeyPair('Ed25519')
    const thumbprint = await thumbprintOf(keyPair)
    const token = await issuer.issue({}, { boundTo: { jkt: thumbprint } })
    const config = new openid.Configuration({ issuer: issuer.issuer }, 'client')
    openid.allowInsecureRequests(config)
    const DPoP = openid.getDPoPHandle(config, keyPair)
    const answer = await openid.fetchProtectedResource(config, token, url, 'GET', undefined, undefined, { DPoP })
    expect(await answer.json()).toMatchObject({ kind: 'dpop', thumbprint })
  })
})

describe('an authorization server that binds its tokens: oidc-provider', () => {
  let authorizationServer: ChildProcess
  let realIssuer: string

  beforeAll(async () => {
    authorizationServer = fork(join(__dirname, 'dpop/issuer.mjs'), { silent: true, execArgv: [] })
    const [message] = (await once(authorizationServer, 'message')) as [{ issuer: string }]
    realIssuer = message.issuer
  }, 20_000)
  afterAll(async () => {
    authorizationServer.kill()
    await once(authorizationServer, 'exit')
  })

  test.each(Object.keys(mountedApps))('its token is accepted with a proof, and refused without: %s', async (name) => {
    const url = await started(name, { required: true }, { issuer: realIssuer, profile: 'rfc9068' })
    const config = await openid.discovery(new URL(realIssuer), 'reporter', 'a secret of this test', undefined, {
      execute: [openid.allowInsecureRequests],
    })
    const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
    const grant = { resource: audience, scope: 'reports:read' }
    const { access_token: token } = await openid.clientCredentialsGrant(config, grant, { DPoP })
    const answer = await openid.fetchProtectedResource(config, token, url, 'GET', undefined, undefined, { DPoP })
    expect(await answer.json()).toMatchObject({ kind: 'dpop' })
    const stolen = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    expect(stolen.status).toBe(401)
  })
})

test(
  'a proof that one instance has seen is refused by another, with a store in Redis',
  async () => {
    const redis = await redisForTests()
    const clients = [createClient({ url: redis.url }), createClient({ url: redis.url })]
    for (const one of clients) await one.connect()
    const prefix = `test:${Date.now()}:`
    const urls = [
      await started('Express 5', { publicUrl: audience, replay: redisReplayStore(clients[0] as never, { prefix }) }),
      await started('Fastify', { publicUrl: audience, replay: redisReplayStore(clients[1] as never, { prefix }) }),
    ]
    const client = await createDpopClient()
    const token = await issuer.issue({}, { boundTo: { jkt: client.jkt } })
    const statuses: number[] = []
    for (let round = 0; round < 2; round += 1) {
      const proof = await client.proof({ url: `${audience}/v1/me`, token })
      const headers = { authorization: `DPoP ${token}`, dpop: proof }
      for (const url of round === 0 ? urls : urls.toReversed()) statuses.push((await fetch(url, { headers })).status)
    }
    for (const one of clients) one.destroy()
    await redis.close()
    expect(statuses).toEqual([200, 401, 200, 401])
  },
  redisPatience,
)

test('a proof is for the authority of an HTTP/2 request', async () => {
  const { key, cert } = createTestCertificate()
  const app = fastify()
  await app.register(onFastify.verifyJwt, { issuer: issuer.issuer, audience, dpop: true })
  app.get('/me', async (request) => request.auth.proof)
  await app.ready()
  const server = createSecureServer({ key, cert }, (request, response) =>
    app.routing(request as never, response as never),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const session = connectHttp2(origin, { rejectUnauthorized: false })
  const client = await createDpopClient()
  const token = await issuer.issue({}, { boundTo: { jkt: client.jkt } })
  const dpop = await client.proof({ url: `${origin}/me`, token })
  const stream = session.request({ ':path': '/me', authorization: `DPoP ${token}`, dpop })
  const body = JSON.parse(await text(stream)) as object
  session.close()
  await new Promise((resolve) => server.close(resolve))
  expect(body).toMatchObject({ kind: 'dpop', thumbprint: client.jkt })
})

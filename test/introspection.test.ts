import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Clock, type IntrospectionOptions, LocalKeyProvider, type VerifierOptions } from '@bearerkit/core'
import * as onExpress from '@bearerkit/express'
import express from 'express'
import * as openid from 'openid-client'

const audience = 'https://api.example.com'
const secret = 'a secret: 100% + /&=~*'
const keys = new LocalKeyProvider()

const usual = { clientId: 'post', clientSecret: secret, authMethod: 'client_secret_post' } as const
const clients: Readonly<Record<string, IntrospectionOptions>> = {
  client_secret_basic: { clientId: 'basic: +%', clientSecret: secret },
  client_secret_post: usual,
  private_key_jwt: { clientId: 'signer', privateKey: { keys } },
}

let authorizationServer: ChildProcess
let issuer: string

beforeAll(async () => {
  await keys.createKey({ alg: 'ES256' })
  issuer = await startIssuer()
}, 20_000)
afterAll(() => endIssuer())

/** Starts the authorization server. Its tokens do not outlive it. */
async function startIssuer(...port: readonly string[]): Promise<string> {
  const path = join(__dirname, 'introspection/issuer.mjs')
  authorizationServer = fork(path, [JSON.stringify(await keys.publishedJwks()), ...port], {
    silent: true,
    execArgv: [],
  })
  const { issuer: url } = await message()
  return url as string
}

async function endIssuer(): Promise<void> {
  if (authorizationServer.exitCode !== null) return
  authorizationServer.kill()
  await once(authorizationServer, 'exit')
}

/** Returns the next message of the authorization server. Fails if it ends instead. */
async function message(): Promise<Record<string, unknown>> {
  const ended = once(authorizationServer, 'exit').then(() => {
    throw new Error('the authorization server has ended')
  })
  const [content] = (await Promise.race([once(authorizationServer, 'message'), ended])) as [Record<string, unknown>]
  return content
}

function command(name: string): Promise<Record<string, unknown>> {
  authorizationServer.send({ command: name })
  return message()
}

/** The system's time, moved ahead. */
class MovedClock implements Clock {
  ahead = 0
  now(): number {
    return Date.now() + this.ahead
  }
}

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** Starts an app and returns the URL of `/me`. */
async function started(introspection: IntrospectionOptions = usual, options: VerifierOptions = {}): Promise<URL> {
  const app = express()
  app.use(onExpress.verifyJwt({ issuer, audience, introspection, respond: true, ...options }))
  app.get('/me', onExpress.requireScopes('reports:read'), (req, res) => res.json(req.auth))
  const server = createServer(app as RequestListener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(server)
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/me`)
}

async function reporter(): Promise<openid.Configuration> {
  return openid.discovery(new URL(issuer), 'reporter', 'a secret of this test', undefined, {
    execute: [openid.allowInsecureRequests],
  })
}

/** Obtains an opaque access token. */
async function issued(config: openid.Configuration, options: openid.DPoPOptions = {}): Promise<string> {
  const grant = { resource: audience, scope: 'reports:read' }
  const { access_token: token } = await openid.clientCredentialsGrant(config, grant, options)
  expect(token).not.toContain('.')
  return token
}

/** Returns the status and, for a refusal, the `error` of the body. */
async function outcome(url: URL, token: string): Promise<string> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  const { error } = (await answer.json()) as { error?: string }
  return [answer.status, error].filter((part) => part !== undefined).join(' ')
}

const refused = '401 invalid_token'

describe.each(Object.entries(clients))('a client with %s', (_method, credentials) => {
  const answers = [['json'], ['jwt']] as const

  test.each(answers)('sees tokens pass until they are revoked, with answers in %s', async (accept) => {
    const clock = new MovedClock()
    const url = await started({ ...credentials, accept, cacheTtl: '10s' }, { clock })
    const config = await reporter()
    const [token, another] = [await issued(config), await issued(config)]
    expect([await outcome(url, token), await outcome(url, another)]).toEqual(['200', '200'])
    await openid.tokenRevocation(config, token)
    clock.ahead += 10_000
    expect([await outcome(url, token), await outcome(url, another)]).toEqual([refused, '200'])
  })

  test.each(answers)('sees junk and refresh tokens refused, with answers in %s', async (accept) => {
    const url = await started({ ...credentials, accept })
    const { token } = (await command('issueRefreshToken')) as { token: string }
    expect([await outcome(url, 'junk'), await outcome(url, token)]).toEqual([refused, refused])
  })

  test.each(answers)(
    'sees a token that is bound to a DPoP key pass only with a proof, with answers in %s',
    async (accept) => {
      const introspection = { ...credentials, accept }
      const url = await started(introspection, { dpop: true })
      const config = await reporter()
      const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
      const token = await issued(config, { DPoP })
      const answer = await openid.fetchProtectedResource(config, token, url, 'GET', undefined, undefined, { DPoP })
      expect(await answer.json()).toMatchObject({
        scheme: 'DPoP',
        proof: { kind: 'dpop' },
        claims: { token_type: 'DPoP' },
      })
      expect(await outcome(url, token)).toBe(refused)
      expect(await outcome(await started(introspection), token)).toBe(refused)
    },
  )
})

test('an endpoint that is named is used without metadata, and 50 first uses of a token ask once', async () => {
  const url = await started({ ...usual, endpoint: `${issuer}/token/introspection` })
  const token = await issued(await reporter())
  const { questions: before } = await command('count')
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(url, token)))
  const { questions: after } = await command('count')
  expect([new Set(outcomes), Number(after) - Number(before)]).toEqual([new Set(['200']), 1])
})

test('while the issuer is down, remembered tokens pass and others get 503; seconds after its return, new ones pass', async () => {
  const url = await started()
  const remembered = await issued(await reporter())
  expect(await outcome(url, remembered)).toBe('200')
  await endIssuer()
  const unknown = Array.from({ length: 20 }, (_, index) => `unknown-${index}`)
  const outcomes = await Promise.all(unknown.map((token) => outcome(url, token)))
  expect(new Set(outcomes)).toEqual(new Set(['503 temporarily_unavailable']))
  expect(await outcome(url, remembered)).toBe('200')
  await startIssuer(new URL(issuer).port)
  const back = performance.now()
  const fresh = await issued(await reporter())
  while ((await outcome(url, fresh)) !== '200') await setTimeout(100)
  expect(performance.now() - back).toBeLessThan(10_000)
  expect(await outcome(url, 'junk')).toBe(refused)
})

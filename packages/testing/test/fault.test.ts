import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { RemoteJwksKeyProvider } from '@bearerkit/core'
import { createTestIssuer, type DocumentName, type Fault, type TestIssuer } from '@bearerkit/testing'

let issuer: TestIssuer

beforeEach(async () => {
  issuer = await createTestIssuer()
})
afterEach(() => issuer.close())

function get(url: string, milliseconds = 3000): Promise<Response> {
  return fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(milliseconds) })
}

describe('the answer of a failing issuer', () => {
  it('is a broken connection while the issuer is down', async () => {
    issuer.fail({ kind: 'down' })
    await expect(get(issuer.jwksUrl)).rejects.toMatchObject({ name: 'TypeError' })
  })

  it('is the given status with its headers', async () => {
    issuer.fail({ kind: 'status', status: 503, headers: { 'Retry-After': '7' } })
    const response = await get(issuer.jwksUrl)
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([503, '7', ''])
  })

  it('is missing while the issuer hangs', async () => {
    issuer.fail({ kind: 'hang' })
    await expect(get(issuer.jwksUrl, 100)).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(issuer.requests.jwks).toBe(1)
  })

  it('has headers and half a body if the issuer stalls', async () => {
    const whole = await (await get(issuer.jwksUrl)).text()
    issuer.fail({ kind: 'stall' })
    const response = await get(issuer.jwksUrl, 150)
    expect(response.status).toBe(200)
    const reader = response.body?.getReader()
    const first = await reader?.read()
    expect(Buffer.from(first?.value ?? '').toString()).toBe(whole.slice(0, Math.floor(whole.length / 2)))
    await expect(reader?.read()).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('has headers and no end if the issuer stalls in an empty body', async () => {
    issuer.fail({ kind: 'stall' })
    const response = await get(`${issuer.issuer}/nothing`, 150)
    expect(response.status).toBe(404)
    await expect(response.text()).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('is correct but late if the issuer is slow', async () => {
    issuer.fail({ kind: 'slow', delay: 60 })
    await expect(get(issuer.jwksUrl, 20)).rejects.toMatchObject({ name: 'TimeoutError' })
    const started = performance.now()
    expect(await (await get(issuer.jwksUrl)).json()).toHaveProperty('keys')
    expect(performance.now() - started).toBeGreaterThan(55)
  })

  it.each<[string, Fault, number, string, string | null]>([
    ['text', { kind: 'body', body: '{"keys":[' }, 200, '{"keys":[', 'application/json'],
    ['octets', { kind: 'body', body: Buffer.from([0x68, 0x69]) }, 200, 'hi', 'application/json'],
    [
      'another status and type',
      { kind: 'body', body: '<html>', status: 502, headers: { 'Content-Type': 'text/html' } },
      502,
      '<html>',
      'text/html',
    ],
  ])('is the other body: %s', async (_, fault, status, body, type) => {
    issuer.fail(fault)
    const response = await get(issuer.jwksUrl)
    expect([response.status, await response.text(), response.headers.get('content-type')]).toEqual([status, body, type])
  })

  it('can be a redirect', async () => {
    issuer.fail({ kind: 'redirect', location: 'http://127.0.0.1:9/elsewhere' })
    const response = await get(issuer.jwksUrl)
    expect([response.status, response.headers.get('location')]).toEqual([302, 'http://127.0.0.1:9/elsewhere'])
  })
})

const outages: readonly Fault[] = [
  { kind: 'down' },
  { kind: 'status', status: 503 },
  { kind: 'hang' },
  { kind: 'stall' },
  { kind: 'slow', delay: 5000 },
]

/** Answers after which discovery tries RFC 8414 metadata, because they only mean that this URL has no metadata. */
const misses: readonly Fault[] = [
  { kind: 'status', status: 404 },
  { kind: 'body', body: 'nonsense' },
  { kind: 'redirect', location: 'http://127.0.0.1:9/' },
]

const scopes: readonly (DocumentName | undefined)[] = [undefined, 'jwks', 'openid-configuration']
const cases = [
  ...outages.map((fault) => ({ ...fault, fault, scopes })),
  ...misses.map((fault) => ({ ...fault, fault, scopes: scopes.slice(0, 2) })),
]

describe.each(cases)('with the fault $kind', ({ fault, scopes: afflicted }) => {
  it.each(afflicted)('a key provider gets no keys until the issuer recovers (only: %s)', async (only) => {
    const keys = new RemoteJwksKeyProvider({ issuer: issuer.issuer, requestTimeout: '400ms' })
    issuer.fail(fault, only === undefined ? {} : { only })
    await expect(keys.ready()).rejects.toMatchObject({ code: 'key_source_unavailable' })
    issuer.recover()
    await expect(keys.ready()).resolves.toBeUndefined()
  })

  it('in one document, the issuer still serves the others', async () => {
    issuer.fail(fault, { only: 'oauth-authorization-server' })
    await expect(new RemoteJwksKeyProvider({ issuer: issuer.issuer }).ready()).resolves.toBeUndefined()
  })
})

it.each(misses)('finds RFC 8414 metadata if OpenID Connect Discovery has the fault $kind', async (fault) => {
  issuer.fail(fault, { only: 'openid-configuration' })
  await new RemoteJwksKeyProvider({ issuer: issuer.issuer }).ready()
  expect(issuer.requests.recent.map(({ path }) => path)).toEqual([
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
    '/jwks.json',
  ])
})

it('prefers the fault of one document to the fault of all', async () => {
  issuer.fail({ kind: 'status', status: 500 })
  issuer.fail({ kind: 'status', status: 418 }, { only: 'jwks' })
  expect((await get(issuer.jwksUrl)).status).toBe(418)
  expect((await get(issuer.issuer)).status).toBe(500)
})

it('keeps its port while it is down', async () => {
  issuer.fail({ kind: 'down' })
  const other = createServer().listen(Number(new URL(issuer.issuer).port), '127.0.0.1')
  const [error] = (await once(other, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('EADDRINUSE')
  issuer.recover()
  expect((await get(issuer.jwksUrl)).status).toBe(200)
})

it('resets requests that wait for an answer when it goes down', async () => {
  issuer.fail({ kind: 'hang' })
  const waiting = get(issuer.jwksUrl)
  const seen = expect(waiting).rejects.toMatchObject({ name: 'TypeError' })
  while (issuer.requests.total === 0) await new Promise((resolve) => setImmediate(resolve))
  issuer.fail({ kind: 'down' })
  await seen
})

it('can redirect to another server', async () => {
  const elsewhere = createServer((_, response) => response.end('elsewhere')).listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
  issuer.fail({ kind: 'redirect', location: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/` })
  expect(await (await fetch(issuer.jwksUrl)).text()).toBe('elsewhere')
  elsewhere.closeAllConnections()
  await new Promise((resolve) => elsewhere.close(resolve))
})

import { once } from 'node:events'
import { connect } from 'node:net'
import { TokenVerifier } from '@bearerkit/core'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'

let issuer: TestIssuer

beforeEach(async () => {
  issuer = await createTestIssuer({ audience: 'https://reports.example.com', path: '/tenant' })
})
afterEach(() => issuer.close())

/** Counts sockets and timers. The server and its clients run in this process, so both are included. */
function openResources(): number {
  return process.getActiveResourcesInfo().filter((kind) => /^TCP|^Timeout$/.test(kind)).length
}

function verifier(): TokenVerifier {
  return new TokenVerifier({ issuer: issuer.issuer, audience: issuer.audience, profile: 'rfc9068' })
}

describe('issue()', () => {
  it('issues tokens that verify', async () => {
    const { claims } = await verifier().verify(await issuer.issue())
    expect(claims).toMatchObject({ iss: issuer.issuer, aud: 'https://reports.example.com', sub: 'user-1' })
  })

  it('accepts claims and options', async () => {
    const token = await issuer.issue({ sub: 'user-2', scope: 'reports:read' }, { expiresIn: '1m' })
    const { claims } = await verifier().verify(token)
    expect(claims).toMatchObject({ sub: 'user-2', scope: 'reports:read', exp: (claims.iat ?? 0) + 60 })
  })

  it('signs with the new key after a rotation, and older tokens still verify', async () => {
    const older = await issuer.issue()
    await issuer.rotateKey()
    const newer = await issuer.issue()
    expect(await verifier().verify(newer)).toMatchObject({ header: { kid: 'test.2' } })
    expect(await verifier().verify(older)).toMatchObject({ header: { kid: 'test.1' } })
  })

  it('issues tokens that are refused after their key is destroyed', async () => {
    const token = await issuer.issue()
    await issuer.rotateKey()
    await issuer.keys.destroyKey('test', 1)
    await expect(verifier().verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
  })
})

describe('requests', () => {
  it('counts the requests for each kind of document and in total', async () => {
    const { origin } = new URL(issuer.issuer)
    for (const url of [
      issuer.jwksUrl,
      issuer.jwksUrl,
      `${issuer.issuer}/.well-known/openid-configuration`,
      `${origin}/.well-known/oauth-authorization-server/tenant`,
      `${issuer.issuer}/.well-known/oauth-authorization-server`,
    ]) {
      await fetch(url)
    }
    const { jwks, discovery, total } = issuer.requests
    expect({ jwks, discovery, total }).toEqual({ jwks: 2, discovery: 2, total: 5 })
  })

  it('records method, path and headers of each request', async () => {
    await fetch(issuer.jwksUrl, { method: 'HEAD', headers: { 'User-Agent': 'somebody' } })
    expect(issuer.requests.recent).toEqual([
      { method: 'HEAD', path: '/tenant/jwks.json', headers: expect.objectContaining({ 'user-agent': 'somebody' }) },
    ])
  })

  it('counts requests that a fault answers, but not those that are reset', async () => {
    issuer.fail({ kind: 'status', status: 503 })
    await fetch(issuer.jwksUrl)
    issuer.fail({ kind: 'down' })
    await fetch(issuer.jwksUrl).catch(() => undefined)
    expect(issuer.requests.jwks).toBe(1)
  })

  it('starts at zero after reset()', async () => {
    await fetch(issuer.jwksUrl)
    issuer.requests.reset()
    expect(issuer.requests.total).toBe(0)
    expect(issuer.requests.recent).toEqual([])
  })

  it('keeps only the latest 1000 requests', async () => {
    for (let batch = 0; batch < 21; batch += 1) {
      await Promise.all(Array.from({ length: 50 }, () => fetch(`${issuer.issuer}/${batch}`)))
    }
    expect(issuer.requests.total).toBe(1050)
    expect(issuer.requests.recent).toHaveLength(1000)
    expect(issuer.requests.recent[0]?.path).toBe('/tenant/1')
  }, 20_000)
})

describe('close()', () => {
  it.each([
    ['nothing was ever sent on', undefined],
    ['half a request was sent on', 'GET / HTTP/1.1\r\nHost:'],
    ['a request waits on', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('ends a connection that %s', async (_, sent) => {
    issuer.fail({ kind: 'slow', delay: 60_000 })
    const socket = connect(Number(new URL(issuer.issuer).port), '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    if (sent !== undefined) socket.write(sent)
    // Gives the server time to receive the connection and the request.
    await new Promise((resolve) => setTimeout(resolve, 20))
    const ended = once(socket, 'close')
    await issuer.close()
    await ended
    await expect(fetch(issuer.jwksUrl)).rejects.toMatchObject({ name: 'TypeError' })
  })

  it('leaves neither sockets nor timers open', async () => {
    await issuer.close()
    await new Promise((resolve) => setTimeout(resolve, 20))
    const before = openResources()
    const own = await createTestIssuer()
    own.fail({ kind: 'slow', delay: 60_000 })
    const socket = connect(Number(new URL(own.issuer).port), '127.0.0.1')
    socket.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    while (own.requests.total === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(openResources()).toBeGreaterThan(before)
    await Promise.all([once(socket, 'close'), own.close()])
    // A busy machine closes the last socket a little later.
    for (let turn = 0; turn < 100 && openResources() > before; turn += 1)
      await new Promise((resolve) => setImmediate(resolve))
    expect(openResources()).toBeLessThanOrEqual(before)
  })

  it('may be called again during and after closing', async () => {
    await Promise.all([issuer.close(), issuer.close()])
    await issuer[Symbol.asyncDispose]()
  })
})

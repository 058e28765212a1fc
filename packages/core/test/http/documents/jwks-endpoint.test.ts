import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { JwksEndpoint } from '../../../src/http/documents/jwks-endpoint.ts'
import type { PublicJwkSet } from '../../../src/keys/key-specification.ts'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'
import { RemoteJwksKeyProvider } from '../../../src/keys/remote/remote-jwks-key-provider.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { ForeignIssuer, jwksUrl } from '../../support/foreign-issuer.ts'
import { foreignPromise } from '../../support/promises.ts'

const get = { method: 'GET', headers: {} }

async function endpointWithKeys(): Promise<{ keys: LocalKeyProvider; endpoint: JwksEndpoint }> {
  const keys = new LocalKeyProvider()
  await keys.createKey({ alg: 'ES256', kid: 'orders' })
  await keys.createKey({ alg: 'HS256', kid: 'secret' })
  return { keys, endpoint: new JwksEndpoint(keys) }
}

describe('the JWKS endpoint', () => {
  it('answers a GET with the public set', async () => {
    const { keys, endpoint } = await endpointWithKeys()
    const { status, headers, body } = await endpoint.respond(get)
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual(await keys.jwks())
    expect(headers).toEqual({
      'Content-Type': 'application/jwk-set+json',
      'Content-Length': String(Buffer.byteLength(body)),
      'Cache-Control': expect.stringMatching(/^public, max-age=\d+$/),
      ETag: expect.stringMatching(/^"[\x21\x23-\x7e]+"$/),
      'Access-Control-Allow-Origin': '*',
    })
  })

  it('serves neither secret members nor symmetric keys', async () => {
    const { endpoint } = await endpointWithKeys()
    const { keys } = JSON.parse((await endpoint.respond(get)).body) as PublicJwkSet
    expect(keys).toHaveLength(1)
    expect(Object.keys(keys[0] ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })

  it('answers HEAD like GET, and the server omits the body', async () => {
    const { endpoint } = await endpointWithKeys()
    expect(await endpoint.respond({ method: 'HEAD', headers: {} })).toEqual(await endpoint.respond(get))
  })

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'get', undefined])('answers %s with 405', async (method) => {
    const { endpoint } = await endpointWithKeys()
    const response = await endpoint.respond({ method, headers: {} })
    expect(response).toEqual({ status: 405, headers: { Allow: 'GET, HEAD' }, body: '' })
  })

  it.each<[string, (etag: string) => string, number]>([
    ['the same tag', (etag) => etag, 304],
    ['the same tag as a weak one', (etag) => `W/${etag}`, 304],
    ['the same tag in a list', (etag) => `"other", ${etag}`, 304],
    ['a list without spaces', (etag) => `"other",${etag}`, 304],
    ['an asterisk', () => '*', 304],
    ['another tag', () => '"other"', 200],
    ['the tag without its quotes', (etag) => etag.slice(1, -1), 200],
    ['the tag in lower case', (etag) => etag.toLowerCase(), 200],
    ['an empty value', () => '', 200],
  ])('compares If-None-Match with %s', async (_, condition, status) => {
    const { endpoint } = await endpointWithKeys()
    const etag = (await endpoint.respond(get)).headers['ETag'] as string
    for (const method of ['GET', 'HEAD']) {
      const response = await endpoint.respond({ method, headers: { 'if-none-match': condition(etag) } })
      expect(response.status).toBe(status)
      expect(response.headers['ETag']).toBe(etag)
      if (status === 304) expect(response.body).toBe('')
    }
  })

  it.each<[string, (keys: LocalKeyProvider) => Promise<unknown>]>([
    ['created', (keys) => keys.createKey({ alg: 'Ed25519' })],
    ['rotated', (keys) => keys.rotateKey('orders')],
    ['destroyed', (keys) => keys.destroyKey('orders')],
  ])('changes body and tag when a key is %s', async (_, change) => {
    const { keys, endpoint } = await endpointWithKeys()
    const before = await endpoint.respond(get)
    await change(keys)
    const after = await endpoint.respond(get)
    expect(after.headers['ETag']).not.toBe(before.headers['ETag'])
    expect(JSON.parse(after.body)).toEqual(await keys.jwks())
  })

  it('keeps body and tag while nothing changes', async () => {
    const { endpoint } = await endpointWithKeys()
    expect(await endpoint.respond(get)).toEqual(await endpoint.respond(get))
  })

  it('never creates a key', async () => {
    const keys = new LocalKeyProvider()
    const { status, body } = await new JwksEndpoint(keys).respond(get)
    expect([status, body]).toEqual([200, '{"keys":[]}'])
    expect(await keys.jwks()).toEqual({ keys: [] })
  })

  it('serves only the local keys of a provider with remote ones, without a fetch', async () => {
    const remote = new FakeFetch({ [jwksUrl]: new ForeignIssuer().jwks })
    const keys = new RemoteJwksKeyProvider({ jwksUrl, fetch: remote.fetch })
    await keys.createKey({ alg: 'ES256', kid: 'mine' })
    const { body } = await new JwksEndpoint(keys).respond(get)
    expect((JSON.parse(body) as PublicJwkSet).keys.map(({ kid }) => kid)).toEqual(['mine.1'])
    expect(remote.requests).toEqual([])
  })

  it('serializes local and remote keys once, and again after one of them changes', async () => {
    const foreign = new ForeignIssuer()
    const remote = new FakeFetch({ [jwksUrl]: foreign.jwks })
    const keys = new RemoteJwksKeyProvider({ jwksUrl, fetch: remote.fetch })
    await keys.createKey({ alg: 'ES256', kid: 'mine' })
    const endpoint = new JwksEndpoint(keys, { include: 'all' })
    const kidsIn = (body: string): unknown[] => (JSON.parse(body) as PublicJwkSet).keys.map(({ kid }) => kid)
    expect(kidsIn((await endpoint.respond(get)).body)).toEqual(['mine.1', foreign.kid])
    const stringify = jest.spyOn(JSON, 'stringify')
    await endpoint.respond(get)
    expect(stringify).not.toHaveBeenCalled()
    stringify.mockRestore()
    remote.answers.set(jwksUrl, new ForeignIssuer('another').jwks)
    await keys.refresh()
    expect(kidsIn((await endpoint.respond(get)).body)).toEqual(['mine.1', 'another'])
  })

  it('answers 503 if a provider never answers', async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    try {
      const publishedJwks = (): Promise<PublicJwkSet> => new Promise(() => undefined)
      const pending = new JwksEndpoint({ publishedJwks, nextKeyChange: () => Number.POSITIVE_INFINITY }).respond(get)
      jest.advanceTimersByTime(30_000)
      expect(await pending).toMatchObject({ status: 503, headers: { 'Retry-After': '5' } })
    } finally {
      jest.useRealTimers()
    }
  })

  it('awaits a promise of another realm from a provider', async () => {
    const set: PublicJwkSet = { keys: [] }
    const publishedJwks = (): Promise<PublicJwkSet> => foreignPromise(set)
    const endpoint = new JwksEndpoint({ publishedJwks, nextKeyChange: () => Number.POSITIVE_INFINITY })
    expect(JSON.parse((await endpoint.respond(get)).body)).toEqual(set)
  })

  it.each(['GET', 'HEAD'])('works with a real server for both 304 and 200 on %s', async (method) => {
    const { endpoint } = await endpointWithKeys()
    const server = createServer((request, response) => {
      void endpoint.respond(request).then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo
    const ask = (headers: Record<string, string>): Promise<{ status: number | undefined; etag: string | undefined }> =>
      new Promise((resolve, reject) => {
        const outgoing = httpRequest({ port, host: '127.0.0.1', method, headers, agent: false }, (response) => {
          response.resume().on('end', () => resolve({ status: response.statusCode, etag: response.headers.etag }))
        })
        outgoing.on('error', reject).end()
      })
    try {
      const { status, etag } = await ask({})
      expect(status).toBe(200)
      expect(await ask({ 'if-none-match': etag as string })).toEqual({ status: 304, etag })
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    }
  })
})

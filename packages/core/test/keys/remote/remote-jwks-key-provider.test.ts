import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { ConfigurationError, KeyNotFoundError, KeySourceUnavailableError } from '../../../src/errors.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import { RemoteJwksKeyProvider } from '../../../src/keys/remote/remote-jwks-key-provider.ts'
import type { VerificationKey } from '../../../src/keys/key-roles.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch, refuseConnection, settled } from '../../support/fake-fetch.ts'
import { audience, issuer, jwksUrl } from '../../support/foreign-issuer.ts'
import {
  foreign,
  found,
  hint,
  metadataUrl,
  minute,
  next,
  nextHint,
  refreshedBehind,
  type Setting,
  setting,
  warm,
} from './remote-setting.ts'

describe('the options of a remote provider', () => {
  it.each<[string, object, string]>([
    ['neither a JWKS URL nor an issuer', {}, 'jwksUrl'],
    ['a JWKS URL over plain http', { jwksUrl: 'http://issuer.example.com/jwks' }, 'jwksUrl'],
    ['a JWKS URL with credentials', { jwksUrl: 'https://a:b@issuer.example.com/jwks' }, 'jwksUrl'],
    ['a relative JWKS URL', { jwksUrl: '/jwks' }, 'jwksUrl'],
    ['an issuer over plain http', { issuer: 'http://issuer.example.com' }, 'issuer'],
    ['an issuer that is not a URL', { issuer: 'me' }, 'issuer'],
    ['a lifetime of zero', { jwksUrl, cacheTtl: 0 }, 'cacheTtl'],
    ['an invalid lifetime', { jwksUrl, cacheTtl: 'long' }, 'cacheTtl'],
    ['a negative outage window', { jwksUrl, staleIfError: -1 }, 'staleIfError'],
    ['a deadline of zero', { jwksUrl, requestTimeout: 0 }, 'requestTimeout'],
    ['an empty user agent', { jwksUrl, userAgent: '' }, 'userAgent'],
    ['a fetch that is not a function', { jwksUrl, fetch: {} }, 'fetch'],
    ['a clock without now()', { jwksUrl, clock: 5 }, 'clock'],
    ['an unknown option', { jwksUri: jwksUrl }, 'jwksUri'],
    ['a deadline longer than timers can wait', { jwksUrl, requestTimeout: '60d' }, 'requestTimeout'],
  ])('are refused at construction: %s', (_, options, option) => {
    expect(() => new RemoteJwksKeyProvider(options)).toThrow(ConfigurationError)
    expect(() => new RemoteJwksKeyProvider(options)).toThrow(expect.objectContaining({ option }))
  })

  it.each(['http://127.0.0.1:8080/jwks', 'http://localhost/jwks', 'http://[::1]/jwks'])(
    'may name a loopback address: %s',
    (url) => {
      expect(() => new RemoteJwksKeyProvider({ jwksUrl: url })).not.toThrow()
    },
  )

  it.each([2.3, 1.001, 2.5005, '2300ms', '1.0005s', '24d'] as const)(
    'accept any duration as a deadline, such as %p',
    async (requestTimeout) => {
      await expect(setting({ requestTimeout }).keys.ready()).resolves.toBeUndefined()
      const { fetch } = new FakeFetch({ [jwksUrl]: foreign.jwks })
      const clock = new ManualClock()
      const verifier = new TokenVerifier({ issuer, audience, jwksUrl, requestTimeout, fetch, clock })
      const token = foreign.sign({ iss: issuer, aud: audience, exp: clock.seconds() + 60 })
      await expect(verifier.verify(token)).resolves.toMatchObject({ claims: { iss: issuer } })
    },
  )
})

describe('a remote provider', () => {
  it('sends no request until it is used', async () => {
    const { remote } = setting()
    await settled()
    expect(remote.requests).toEqual([])
  })

  it.each<[string, (keys: RemoteJwksKeyProvider) => unknown]>([
    ['ready()', (keys) => keys.ready()],
    ['refresh()', (keys) => keys.refresh()],
    ['verificationKeys()', (keys) => keys.verificationKeys(hint)],
    ['jwks()', (keys) => keys.jwks()],
    ['getPublicJwk()', (keys) => keys.getPublicJwk('orders')],
    ['listVersions()', (keys) => keys.listVersions('orders')],
  ])('fetches at the first %s', async (_, use) => {
    const { keys, remote } = setting()
    await use(keys)
    expect(remote.urls).toEqual([jwksUrl])
  })

  it('sends its user agent', async () => {
    const { remote } = await warm({ userAgent: 'orders/1' })
    expect(new Headers(remote.requests[0]?.init.headers).get('user-agent')).toBe('orders/1')
  })

  it('prefers the JWKS URL to the issuer', async () => {
    const { keys, remote } = setting({ jwksUrl, issuer })
    await keys.ready()
    expect(remote.urls).toEqual([jwksUrl])
  })

  it('finds the JWKS of an issuer', async () => {
    const { keys, remote } = setting({ issuer })
    await keys.ready()
    expect(remote.urls).toEqual([metadataUrl, jwksUrl])
  })

  it('uses one deadline for the metadata and the JWKS', async () => {
    const { keys, remote } = setting({ issuer, requestTimeout: '300ms' })
    remote.answers.set(metadataUrl, async () => {
      await new Promise((resolve) => {
        setTimeout(resolve, 200)
      })
      return Response.json({ issuer, jwks_uri: jwksUrl })
    })
    remote.answers.set(jwksUrl, () => new Promise(() => undefined))
    const started = performance.now()
    await expect(keys.ready()).rejects.toThrow(/in time/)
    expect(performance.now() - started).toBeLessThan(480)
    expect(remote.requests.map(({ init }) => init.signal?.aborted)).toEqual([true, true])
  })

  it('finds a JWKS that has moved', async () => {
    const { keys, remote } = await warm({ issuer })
    const moved = 'https://issuer.example.com/moved'
    remote.answers.set(jwksUrl, 404)
    remote.answers.set(moved, next.jwks)
    remote.answers.set(metadataUrl, { issuer, jwks_uri: moved })
    expect(await found(keys, nextHint)).toMatchObject({ count: 1 })
  })

  it('fetches once for thirty concurrent callers', async () => {
    const { keys, remote } = setting({ issuer })
    const all = await Promise.all(Array.from({ length: 30 }, () => found(keys)))
    expect(all.every(({ count }) => count === 1)).toBe(true)
    expect(remote.urls).toEqual([metadataUrl, jwksUrl])
  })

  it('fetches once for thirty callers with thirty kids', async () => {
    const { keys, remote } = setting()
    await Promise.all(Array.from({ length: 30 }, (_, index) => found(keys, { alg: 'ES256', kid: `k${index}` })))
    expect(remote.requests).toHaveLength(1)
  })

  it('sends no request until 80 % of the lifetime of its set', async () => {
    const { keys, remote, clock } = await warm()
    clock.advance(4 * minute - 1)
    expect(await found(keys)).toEqual({ count: 1, waited: false })
    expect(remote.requests).toHaveLength(1)
  })

  it('then refreshes in the background, and makes no caller wait', async () => {
    const { keys, remote, clock } = await warm()
    clock.advance(4 * minute)
    expect(await found(keys)).toEqual({ count: 1, waited: false })
    expect(remote.requests).toHaveLength(2)
  })

  it.each([
    [0, 0.72],
    [1, 0.88],
  ])('refreshes up to 10 %% sooner or later, depending on the random number: %p', async (chance, share) => {
    const { keys, remote, clock } = await warm({ random: () => chance })
    clock.advance(share * 5 * minute - 1)
    await found(keys)
    expect(remote.requests).toHaveLength(1)
    clock.advance(1)
    await found(keys)
    expect(remote.requests).toHaveLength(2)
  })

  it('fetches again after its lifetime, and makes no caller wait', async () => {
    const { keys, remote, clock } = await warm()
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    clock.advance(5 * minute)
    expect(await found(keys)).toEqual({ count: 1, waited: false })
    await keys.refresh()
    expect(remote.requests).toHaveLength(2)
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })

  it('uses an explicit lifetime unchanged', async () => {
    const { keys, remote, clock } = await warm({ cacheTtl: 1 })
    clock.advance(799)
    await found(keys)
    expect(remote.requests).toHaveLength(1)
    clock.advance(1)
    await found(keys)
    await settled()
    expect(remote.requests).toHaveLength(2)
  })
})

describe('removed keys', () => {
  it('are refused after the next fetch, and no longer trusted', async () => {
    const { keys, remote } = await warm()
    const [key] = (await keys.verificationKeys(hint)) as [VerificationKey]
    expect(keys.trusts(key)).toBe(true)
    remote.answers.set(jwksUrl, next.jwks)
    await keys.refresh()
    expect(keys.trusts(key)).toBe(false)
    expect(await found(keys)).toMatchObject({ count: 0 })
  })

  it('do not include keys that are fetched again', async () => {
    const { keys } = await warm()
    const [key] = (await keys.verificationKeys(hint)) as [VerificationKey]
    await keys.refresh()
    expect(keys.trusts(key)).toBe(true)
  })
})

describe('an outage', () => {
  it('on a cold start is reported by every method', async () => {
    const { keys, remote } = setting()
    remote.answers.set(jwksUrl, refuseConnection)
    await expect(keys.ready()).rejects.toThrow(KeySourceUnavailableError)
    await expect(keys.refresh()).rejects.toThrow(KeySourceUnavailableError)
    await expect(keys.jwks()).rejects.toThrow(KeySourceUnavailableError)
    await expect(Promise.resolve(keys.verificationKeys(hint))).rejects.toThrow(KeySourceUnavailableError)
  })

  it('that is over leaves no trace', async () => {
    const { keys, remote } = setting()
    remote.answers.set(jwksUrl, 500)
    await expect(keys.ready()).rejects.toThrow(KeySourceUnavailableError)
    remote.answers.set(jwksUrl, foreign.jwks)
    await expect(keys.ready()).resolves.toBeUndefined()
  })

  it.each<[string, object | number | (() => never)]>([
    ['the connection is refused', refuseConnection],
    ['the response is an error', 500],
    ['the response is a 404', 404],
    ['the response is a redirect', 302],
    ['the set is empty', { keys: [] }],
    ['the set contains no usable key', { keys: [{ kty: 'oct', k: 'AAAA' }] }],
    ['the response is not a JWK Set', { error: 'oops' }],
  ])('does not affect the current set, and a known kid never waits, if %s', async (_, answer) => {
    const { keys, remote, clock } = await warm()
    remote.answers.set(jwksUrl, answer)
    await expect(keys.refresh()).rejects.toThrow(KeySourceUnavailableError)
    for (const age of [5 * minute, 30 * minute, 25 * minute, 5 * minute - 1]) {
      clock.advance(age)
      expect(await found(keys)).toEqual({ count: 1, waited: false })
    }
    clock.advance(1)
    await expect(found(keys)).rejects.toThrow(KeySourceUnavailableError)
  })

  it('past the window ends the trust in keys that were returned before', async () => {
    const { keys, remote, clock } = await warm()
    const [key] = (await keys.verificationKeys(hint)) as [VerificationKey]
    remote.answers.set(jwksUrl, refuseConnection)
    clock.advance(65 * minute - 1)
    expect(keys.trusts(key)).toBe(true)
    clock.advance(1)
    expect(keys.trusts(key)).toBe(false)
  })

  it('may have a window of zero', async () => {
    const { keys, remote, clock } = await warm({ staleIfError: 0 })
    remote.answers.set(jwksUrl, refuseConnection)
    clock.advance(5 * minute)
    await expect(found(keys)).rejects.toThrow(KeySourceUnavailableError)
  })

  it('counts from the last success', async () => {
    const { keys, remote, clock } = await warm()
    clock.advance(60 * minute)
    await keys.refresh()
    remote.answers.set(jwksUrl, refuseConnection)
    clock.advance(64 * minute)
    expect(await found(keys)).toMatchObject({ count: 1 })
  })

  it('does not cause a fetch for every request', async () => {
    const { keys, remote, clock } = await warm()
    remote.answers.set(jwksUrl, refuseConnection)
    clock.advance(10 * minute)
    for (let request = 0; request < 20; request += 1) {
      expect(await found(keys)).toEqual({ count: 1, waited: false })
      await settled()
    }
    expect(remote.requests.length).toBeLessThanOrEqual(3)
  })

  it('ends within one back-off after the source has recovered', async () => {
    const { keys, remote, clock } = await warm()
    remote.answers.set(jwksUrl, refuseConnection)
    clock.advance(10 * minute)
    expect(await refreshedBehind(keys)).toBe('refreshFailed')
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    clock.advance(1000)
    expect(await refreshedBehind(keys)).toBe('refreshed')
    expect((await keys.jwks()).keys).toHaveLength(2)
  })
})

describe('an unknown kid', () => {
  it('causes a fetch and is found in the new set', async () => {
    const { keys, remote } = await warm()
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: true })
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })

  it('is limited by a budget: fifty of them cause few fetches', async () => {
    const { keys, remote } = await warm()
    for (let kid = 0; kid < 50; kid += 1)
      expect(await found(keys, { alg: 'ES256', kid: `k${kid}` })).toMatchObject({ count: 0 })
    expect(remote.requests.length).toBeLessThanOrEqual(4)
  })

  it('locks out a new key for seconds at most', async () => {
    const { keys, remote, clock } = await warm()
    for (let kid = 0; kid < 50; kid += 1) await found(keys, { alg: 'ES256', kid: `k${kid}` })
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    clock.advance(10_000)
    expect(await found(keys, nextHint)).toMatchObject({ count: 1 })
  })

  it('does not lock out its own key if that is published right afterwards', async () => {
    const { keys, remote } = await warm()
    await found(keys, { alg: 'ES256', kid: 'junk' })
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    expect(await found(keys, nextHint)).toMatchObject({ count: 1 })
  })

  it('causes at most six fetches a minute under steady junk', async () => {
    const { keys, remote, clock } = await warm({ cacheTtl: '1h' })
    for (let second = 0; second < 600; second += 1) {
      clock.advance(1000)
      await found(keys, { alg: 'ES256', kid: `k${second}` })
    }
    expect(remote.requests.length).toBeLessThanOrEqual(65)
    expect(remote.requests.length).toBeGreaterThanOrEqual(55)
  })

  it('does not affect a known kid when the fetch fails', async () => {
    const { keys, remote } = await warm()
    remote.answers.set(jwksUrl, refuseConnection)
    expect(await found(keys, nextHint)).toMatchObject({ count: 0 })
    expect(await found(keys)).toEqual({ count: 1, waited: false })
  })

  it('does not spend the budget of the first fetch', async () => {
    const { keys, remote } = setting()
    for (const kid of ['x', 'y']) await found(keys, { alg: 'ES256', kid })
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    expect(await found(keys, nextHint)).toMatchObject({ count: 1 })
  })
})

async function both(): Promise<Setting> {
  const one = setting()
  await one.keys.createKey({ alg: 'ES256', kid: 'mine' })
  return one
}

describe('local keys of a remote provider', () => {
  it('are in the set together with remote keys', async () => {
    const { keys } = await both()
    expect((await keys.jwks()).keys.map(({ kid }) => kid)).toEqual(['mine.1', 'orders.1'])
    expect((await keys.jwks({ prefixKids: 'orders' })).keys.map(({ kid }) => kid)).toEqual(['orders.1'])
    expect((await keys.jwks({ prefixKids: 'mine' })).keys.map(({ kid }) => kid)).toEqual(['mine.1'])
  })

  it('take precedence over a remote key with the same kid', async () => {
    const { keys } = setting()
    const { fingerprint } = await keys.createKey({ alg: 'ES256', kid: 'orders' })
    const set = (await keys.jwks()).keys
    expect(set).toEqual([await keys.getPublicJwk('orders', 1)])
    expect(await keys.getPublicJwk('orders.1')).toEqual(set[0])
    const [key, another] = await keys.verificationKeys(hint)
    expect([key?.thumbprint, another]).toEqual([fingerprint, undefined])
  })

  it('need no network', async () => {
    const { keys, remote } = await both()
    remote.answers.set(jwksUrl, refuseConnection)
    expect(await found(keys, { alg: 'ES256', kid: 'mine.1' })).toEqual({ count: 1, waited: false })
    expect(await keys.rotateKey('mine')).toMatchObject({ version: 2 })
    expect(await keys.listVersions('mine')).toEqual([1, 2])
    expect((await keys.signingKey()).kid).toBe('mine.2')
    expect((await keys.getKey('mine')).version).toBe(2)
    expect((await keys.getPublicJwk('mine')).kid).toBe('mine.2')
    expect((await keys.publishedJwks()).keys.map(({ kid }) => kid)).toEqual(['mine.1', 'mine.2'])
    expect(await keys.destroyKey('mine', 1)).toBe(true)
    expect(remote.requests).toEqual([])
  })

  it('are trusted until they are destroyed', async () => {
    const { keys } = await both()
    const [key] = (await keys.verificationKeys({ alg: 'ES256', kid: 'mine.1' })) as [VerificationKey]
    expect(keys.trusts(key)).toBe(true)
    await keys.destroyKey('mine')
    expect(keys.trusts(key)).toBe(false)
  })

  it('are returned together with remote keys if there is no kid', async () => {
    const { keys } = await both()
    expect(await found(keys, { alg: 'ES256' })).toMatchObject({ count: 2 })
  })
})

describe('looking up remote keys', () => {
  it('follows the rules for versioned kids', async () => {
    const { keys, remote } = setting()
    remote.answers.set(jwksUrl, { keys: [next.jwk, foreign.jwk] })
    expect((await keys.getPublicJwk('orders')).kid).toBe('orders.2')
    expect((await keys.getPublicJwk('orders', 1)).kid).toBe('orders.1')
    expect(await keys.listVersions('orders')).toEqual([1, 2])
    expect(await keys.listVersions('others')).toEqual([])
    await expect(keys.getPublicJwk('others')).rejects.toThrow(KeyNotFoundError)
  })

  it('never shows a private member that the source published', async () => {
    const { keys, remote } = setting()
    remote.answers.set(jwksUrl, { keys: [{ ...foreign.jwk, ...foreign.pair.privateJwk }] })
    const shown = [await keys.jwks(), await keys.getPublicJwk('orders.1'), await keys.verificationKeys(hint), keys]
    const text = inspect(shown, { depth: 20, showHidden: true }) + JSON.stringify(shown)
    expect(text).not.toContain(foreign.pair.privateJwk.d)
  })
})

describe('over a real socket', () => {
  let server: Server
  let url: string
  let answer: (response: ServerResponse) => void
  let requests = 0

  beforeAll(async () => {
    server = createServer((_, response) => {
      requests += 1
      answer(response)
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
  })

  beforeEach(() => {
    requests = 0
  })

  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })

  it('sends one request for thirty callers on a cold start', async () => {
    answer = (response) => setTimeout(() => response.end(JSON.stringify(foreign.jwks)), 20)
    const keys = new RemoteJwksKeyProvider({ jwksUrl: url })
    const all = await Promise.all(Array.from({ length: 30 }, () => found(keys)))
    expect(all.every(({ count }) => count === 1)).toBe(true)
    expect(requests).toBe(1)
  })

  it('gives up a stalled body at the deadline', async () => {
    answer = (response) => response.writeHead(200, { 'content-length': '1000' }).write('{"keys":[')
    const started = performance.now()
    const keys = new RemoteJwksKeyProvider({ jwksUrl: url, requestTimeout: '50ms' })
    await expect(keys.ready()).rejects.toThrow(KeySourceUnavailableError)
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('refuses a redirect', async () => {
    answer = (response) => response.writeHead(302, { location: '/elsewhere' }).end()
    await expect(new RemoteJwksKeyProvider({ jwksUrl: url }).ready()).rejects.toThrow(/status 302/)
    expect(requests).toBe(1)
  })

  it('refuses a document over 256 KiB', async () => {
    answer = (response) => response.end(JSON.stringify({ ...foreign.jwks, padding: 'a'.repeat(256 * 1024) }))
    await expect(new RemoteJwksKeyProvider({ jwksUrl: url }).ready()).rejects.toThrow(/262144 bytes/)
  })
})

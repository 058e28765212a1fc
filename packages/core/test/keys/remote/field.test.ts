import { gzipSync } from 'node:zlib'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Fault } from '@bearerkit/testing'
import { KeySourceUnavailableError, TokenError } from '../../../src/errors.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { VerificationKey } from '../../../src/keys/key-roles.ts'
import { ForeignIssuer } from '../../support/foreign-issuer.ts'
import { closeAll, discovered, judge, overSockets, type SocketSetting, timed } from './over-sockets.ts'
import { hour, junk, landing, minute, refreshedBehind } from './remote-setting.ts'

/** The first key of a test issuer. */
const own = { alg: 'ES256', kid: 'test.1' }

afterEach(closeAll)

async function warm(options: Parameters<typeof overSockets>[0] = {}): Promise<SocketSetting & { token: string }> {
  const one = await overSockets(options)
  await one.keys.ready()
  return { ...one, token: await one.source.issue() }
}

/** The document that the source publishes from now on, instead of its own keys. */
function publish({ source }: SocketSetting, document: unknown): void {
  source.fail({ kind: 'body', body: JSON.stringify(document) }, { only: 'jwks' })
}

async function jwkOf({ source }: SocketSetting): Promise<object> {
  return source.keys.getPublicJwk('test')
}

const faults: readonly Fault[] = [
  { kind: 'down' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 429, headers: { 'Retry-After': '60' } },
  { kind: 'hang' },
  { kind: 'stall' },
  { kind: 'body', body: '{"keys":[]}' },
  { kind: 'body', body: '{}' },
  { kind: 'body', body: '<!doctype html>', headers: { 'Content-Type': 'text/html' } },
  { kind: 'body', body: '{"keys":[{"kty":"EC"' },
  { kind: 'body', body: '{"keys":[null,{"kty":"oct","k":"AAAA"}]}' },
  { kind: 'redirect', location: '/elsewhere' },
]

describe('when the endpoint fails after the lifetime of its keys', () => {
  it.each(faults.map((fault) => [JSON.stringify(fault).slice(0, 60), fault] as const))(
    'twenty good tokens are accepted with one or two fetches in total: %s',
    async (_, fault) => {
      const { source, keys, clock, token } = await warm({ requestTimeout: '500ms' })
      source.requests.reset()
      // Makes a whole document due instead of a 304.
      await source.rotateKey()
      source.fail(fault)
      clock.advance(10 * minute)
      expect(await refreshedBehind(keys, own)).toBe('refreshFailed')
      for (let request = 0; request < 20; request += 1) expect(await judge(keys, token)).toBe('accepted')
      expect(source.requests.jwks).toBeLessThanOrEqual(2)
    },
  )

  it('a known kid does not wait for a slow refresh', async () => {
    const { source, keys, clock, token } = await warm()
    clock.advance(4.5 * minute)
    source.fail({ kind: 'slow', delay: 400 })
    const landed = landing(keys)
    for (let request = 0; request < 20; request += 1) {
      expect(await timed(() => judge(keys, token))).toBeLessThan(200)
    }
    expect(await landed).toBe('refreshed')
    expect(source.requests.jwks).toBe(2)
  })

  it('good keys are kept but are not fresh: the window counts from the last success', async () => {
    const { source, keys, clock, token } = await warm({ requestTimeout: '150ms' })
    source.fail({ kind: 'status', status: 404 })
    for (let age = 0; age < 64; age += 4) {
      expect(await judge(keys, token)).toBe('accepted')
      if (age >= 4) expect(['ageing', 'stale']).toContain(keys.health().state)
      clock.advance(4 * minute)
    }
    clock.advance(minute)
    await expect(judge(keys, token)).rejects.toThrow(KeySourceUnavailableError)
    source.recover()
    clock.advance(minute)
    expect(await judge(keys, token)).toBe('accepted')
  })

  it('trust ends with the outage window, an hour after the lifetime, without a request and also for tokens verified before', async () => {
    const { source, keys, clock } = await warm()
    const [key] = (await keys.verificationKeys(own)) as [VerificationKey]
    source.fail({ kind: 'down' })
    clock.advance(65 * minute - 2000)
    expect(keys.trusts(key)).toBe(true)
    clock.advance(2000)
    expect(keys.trusts(key)).toBe(false)
  })

  it('the interval between failing requests grows', async () => {
    const { source, keys, clock, token } = await warm({ random: () => 1 })
    source.fail({ kind: 'status', status: 404 })
    clock.advance(5 * minute)
    source.requests.reset()
    for (const wait of [1, 2, 4, 8, 16, 32, 60, 60]) {
      expect(await refreshedBehind(keys, own)).toBe('refreshFailed')
      const asked = source.requests.jwks
      clock.advance(wait * 1000 - 500)
      await judge(keys, token)
      expect(source.requests.jwks).toBe(asked)
      clock.advance(500)
    }
    expect(source.requests.jwks).toBe(8)
  })
})

describe('the contents of a set', () => {
  it('an empty set does not replace a good one', async () => {
    const one = await warm()
    publish(one, { keys: [] })
    await expect(one.keys.refresh({ force: true })).rejects.toThrow(KeySourceUnavailableError)
    expect(await judge(one.keys, one.token)).toBe('accepted')
  })

  it('invalid entries and unknown key types do not affect the rest', async () => {
    const one = await overSockets()
    const odd = [
      null,
      'x',
      5,
      [],
      {},
      { kty: 'AKP', alg: 'ML-DSA-65', pub: 'AAAA', kid: 'pq' },
      { kty: 'EC', crv: 'P-256' },
    ]
    publish(one, { keys: [...odd, await jwkOf(one), ...odd] })
    expect(await judge(one.keys, await one.source.issue())).toBe('accepted')
    expect(one.keys.health().setAside).toHaveLength(14)
  })

  it.each([0, 1])('two keys with one kid are both tried, in any order: %p', async (order) => {
    const one = await overSockets()
    const other = { ...new ForeignIssuer('test.1').jwk }
    const jwk = await jwkOf(one)
    publish(one, { keys: order === 0 ? [jwk, other] : [other, jwk] })
    expect(await judge(one.keys, await one.source.issue())).toBe('accepted')
  })

  it('byte-identical keys are merged', async () => {
    const one = await overSockets()
    const jwk = await jwkOf(one)
    publish(one, { keys: [jwk, jwk, jwk] })
    await one.keys.ready()
    expect(one.keys.health().kids).toEqual(['test.1'])
  })

  it('of a thousand keys a hundred are used', async () => {
    const one = await overSockets()
    const jwk = await jwkOf(one)
    publish(one, { keys: Array.from({ length: 1000 }, (_, index) => ({ ...jwk, kid: `k${index}` })) })
    await one.keys.ready()
    expect(one.keys.health().kids).toHaveLength(100)
  })

  it('at most 256 KiB of a document are read', async () => {
    let sent = 0
    const server = createServer((_, response) => {
      const chunk = Buffer.alloc(64 * 1024, ' ')
      const pump = (): void => {
        while (!response.destroyed && sent < 150_000_000) {
          sent += chunk.length
          if (!response.write(chunk)) return void response.once('drain', pump)
        }
        response.end()
      }
      pump()
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    try {
      const { keys } = await overSockets({ jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` })
      await expect(keys.ready()).rejects.toThrow(/more than 262144 bytes/)
      expect(sent).toBeLessThan(20_000_000)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  it('at most 256 KiB of a compressed document are read', async () => {
    const { source, keys } = await overSockets()
    const body = gzipSync(Buffer.alloc(20_000_000, ' '))
    expect(body.length).toBeLessThan(256 * 1024)
    const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
    source.fail({ kind: 'body', body, headers }, { only: 'jwks' })
    await expect(keys.ready()).rejects.toThrow(/more than 262144 bytes/)
  })
})

describe('unknown kids', () => {
  it('cause two fetches for fifty random kids', async () => {
    const { source, keys } = await warm()
    source.requests.reset()
    for (let kid = 0; kid < 50; kid += 1) await keys.verificationKeys(junk(kid))
    expect(source.requests.jwks).toBeLessThanOrEqual(2)
  })

  it('do not lock out their own key if it is published right afterwards', async () => {
    const { source, keys } = await warm()
    await keys.verificationKeys(junk())
    await source.rotateKey()
    expect(await judge(keys, await source.issue())).toBe('accepted')
  })

  it('lock out a new key for seconds at most, even in large numbers', async () => {
    const { source, keys, clock } = await warm()
    for (let kid = 0; kid < 50; kid += 1) await keys.verificationKeys(junk(kid))
    await source.rotateKey()
    clock.advance(10_000)
    expect(await judge(keys, await source.issue())).toBe('accepted')
  })

  it('do not lock out a good token on a cold start', async () => {
    const { source, keys } = await overSockets()
    for (let kid = 0; kid < 10; kid += 1) await keys.verificationKeys(junk(kid))
    expect(await judge(keys, await source.issue())).toBe('accepted')
  })

  it('cause one fetch for two concurrent tokens, as do thirty good tokens', async () => {
    const { source, keys } = await overSockets()
    const token = await source.issue()
    await Promise.all([
      keys.verificationKeys(junk(1)),
      keys.verificationKeys(junk(2)),
      ...Array.from({ length: 30 }, () => judge(keys, token)),
    ])
    expect(source.requests.jwks).toBe(1)
  })

  it('are remembered only until the set changes', async () => {
    const { source, keys } = await warm()
    const early = await source.forge({ header: { kid: 'test.2' } })
    expect(await judge(keys, early)).toBe('refused')
    source.requests.reset()
    expect(await judge(keys, early)).toBe('refused')
    expect(source.requests.jwks).toBe(0)
    await source.rotateKey()
    await keys.refresh()
    expect(await judge(keys, await source.issue())).toBe('accepted')
    expect(source.requests.jwks).toBe(1)
  })

  it('have a budget separate from refreshes', async () => {
    const { source, keys, clock } = await warm()
    for (let kid = 0; kid < 50; kid += 1) await keys.verificationKeys(junk(kid))
    await source.rotateKey()
    clock.advance(4.5 * minute)
    expect(await refreshedBehind(keys, own)).toBe('refreshed')
    expect(keys.health().kids).toEqual(['test.1', 'test.2'])
  })

  it('in tokens of another issuer cause no request', async () => {
    const { source } = await overSockets()
    const other = await overSockets()
    const verifier = new TokenVerifier({ issuer: source.issuer, audience: source.audience })
    const refused = verifier.verify(await other.source.issue()).catch((error: unknown) => error)
    expect(await refused).toBeInstanceOf(TokenError)
    expect([source.requests.total, other.source.requests.total]).toEqual([0, 0])
  })
})

describe('a removed key', () => {
  it('is refused within the lifetime of the set, under continuous traffic', async () => {
    const { source, keys, clock, token } = await warm()
    await source.rotateKey()
    await source.keys.destroyKey('test', 1)
    let elapsed = 0
    while ((await judge(keys, token)) === 'accepted' && elapsed < hour) {
      clock.advance(10_000)
      elapsed += 10_000
      if (keys.health().state !== 'fresh') await refreshedBehind(keys, own)
    }
    expect(elapsed).toBeLessThanOrEqual(5 * minute)
    expect(await judge(keys, await source.issue())).toBe('accepted')
  })

  it('is not trusted forever if the source never responds again', async () => {
    const { source, keys, clock, token } = await warm()
    await source.close()
    clock.advance(65 * minute)
    await expect(judge(keys, token)).rejects.toThrow(KeySourceUnavailableError)
  })

  it('is reported by its thumbprint', async () => {
    const { source, keys } = await warm()
    const { fingerprint } = await source.keys.getKey('test')
    const removed: unknown[] = []
    keys.on('keyRemoved', (key) => removed.push(key))
    await source.rotateKey()
    await source.keys.destroyKey('test', 1)
    await keys.refresh()
    expect(removed).toEqual([{ kid: 'test.1', alg: 'ES256', thumbprint: fingerprint }])
  })
})

describe('refreshing', () => {
  it('sends conditional requests and accepts a 304', async () => {
    const { source, keys, clock, token } = await warm()
    const answers: boolean[] = []
    keys.on('refreshed', ({ notModified }) => answers.push(notModified))
    clock.advance(4.5 * minute)
    await refreshedBehind(keys, own)
    await source.rotateKey()
    clock.advance(4.5 * minute)
    await refreshedBehind(keys, own)
    expect(answers).toEqual([true, false])
    expect(source.requests.recent.map(({ headers }) => headers['if-none-match'] !== undefined)).toEqual([
      false,
      true,
      true,
    ])
    expect(await judge(keys, token)).toBe('accepted')
  })

  it('happens ahead of time, at a different time in every process', async () => {
    const states: (number | undefined)[] = []
    for (const chance of [0, 0.5, 1]) {
      const { keys } = await warm({ random: () => chance })
      states.push(keys.health().nextRefresh)
    }
    const [early = 0, middle = 0, late = 0] = states
    expect([Math.round(early), Math.round(middle), Math.round(late)]).toEqual([216, 240, 264])
  })

  it('is not needed with a snapshot: another process starts without the network', async () => {
    const { source, keys, token } = await warm()
    source.fail({ kind: 'down' })
    const other = await overSockets({ jwksUrl: source.jwksUrl, snapshot: keys.snapshot() })
    expect(await judge(other.keys, token)).toBe('accepted')
  })
})

describe('no request waits too long, by the real clock', () => {
  it.each<[string, Fault]>([
    ['that never responds', { kind: 'hang' }],
    ['whose body stalls', { kind: 'stall' }],
    ['that is slow', { kind: 'slow', delay: 5000 }],
  ])('with a custom deadline, for a source %s', async (_, fault) => {
    const { source, keys } = await overSockets({ requestTimeout: '250ms' })
    source.fail(fault)
    const token = await source.issue()
    expect(await timed(() => judge(keys, token))).toBeLessThan(1000)
  })

  it('with defaults: at most six seconds for metadata and keys together', async () => {
    const waits: readonly (readonly [Fault, Fault])[] = [
      [
        { kind: 'slow', delay: 3000 },
        { kind: 'slow', delay: 3000 },
      ],
      [{ kind: 'slow', delay: 2500 }, { kind: 'stall' }],
      [
        { kind: 'slow', delay: 2500 },
        { kind: 'status', status: 503 },
      ],
      [{ kind: 'hang' }, { kind: 'hang' }],
    ]
    const times = waits.map(async ([metadata, jwks]) => {
      const { source, keys } = await discovered()
      source.fail(metadata)
      source.fail(jwks, { only: 'jwks' })
      return timed(() => keys.ready())
    })
    for (const time of await Promise.all(times)) expect(time).toBeLessThan(6000)
  }, 8000)
})

describe('discovery', () => {
  it.each(['', '/tenant', '/a/b'])('finds the keys of an issuer with the path %j', async (path) => {
    const { source, keys } = await discovered({}, { path })
    expect(await judge(keys, await source.issue())).toBe('accepted')
    expect(source.requests.total).toBe(2)
  })

  it.each(['', '/tenant'])('falls back to RFC 8414 metadata, with the path %j', async (path) => {
    const { source, keys } = await discovered({}, { path })
    source.fail({ kind: 'status', status: 404 }, { only: 'openid-configuration' })
    expect(await judge(keys, await source.issue())).toBe('accepted')
  })

  it('accepts only the configured issuer', async () => {
    const { source, keys } = await discovered()
    const other = await discovered()
    const body = JSON.stringify({ issuer: other.source.issuer, jwks_uri: other.source.jwksUrl })
    source.fail({ kind: 'body', body }, { only: 'openid-configuration' })
    await expect(keys.ready()).rejects.toThrow(/another issuer/)
    expect(other.source.requests.total).toBe(0)
  })

  it('finds moved keys within seconds, even if the old URL hangs', async () => {
    const { source, keys, clock } = await discovered({ requestTimeout: '200ms' })
    await keys.ready()
    const other = await overSockets()
    const body = JSON.stringify({ issuer: source.issuer, jwks_uri: other.source.jwksUrl })
    source.fail({ kind: 'hang' }, { only: 'jwks' })
    source.fail({ kind: 'body', body }, { only: 'openid-configuration' })
    await other.source.rotateKey()
    const token = await other.source.issue()
    let seconds = 0
    for (; (await judge(keys, token)) === 'refused' && seconds < 60; seconds += 1) clock.advance(1000)
    expect(seconds).toBeLessThanOrEqual(10)
  })
})

it('leaves no socket open after a response', async () => {
  const { source, keys } = await overSockets()
  await keys.ready()
  expect(source.requests.recent.map(({ headers }) => headers['connection'])).toEqual(['close'])
})

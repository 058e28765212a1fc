import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { KeySourceUnavailableError } from '../../../src/errors.ts'
import type { VerificationKey } from '../../../src/keys/key-roles.ts'
import type { RemoteJwksKeyProvider } from '../../../src/keys/remote/remote-jwks-key-provider.ts'
import { refuseConnection, settled } from '../../support/fake-fetch.ts'
import { ForeignIssuer, issuer, jwksUrl, rsaPair } from '../../support/foreign-issuer.ts'
import {
  flights,
  foreign,
  found,
  hint,
  hour,
  junk,
  landing,
  metadataUrl,
  minute,
  next,
  nextHint,
  refreshedBehind,
  type Setting,
  setting,
  warm,
} from './remote-setting.ts'

const moved = 'https://keys.example.com/moved'
const rfc8414Url = `${issuer}/.well-known/oauth-authorization-server`
const both = { keys: [foreign.jwk, next.jwk] }

/** Like a host that accepts connections and never responds. */
function hang({ signal }: RequestInit): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal?.reason as Error)
    if (signal?.aborted === true) abort()
    signal?.addEventListener('abort', abort)
  })
}

/** Responses that are held back until they are released, oldest first. */
function held(): { answer: () => Promise<Response>; release: (document: object) => void; readonly waiting: number } {
  const waiting: ((response: Response) => void)[] = []
  return {
    answer: () => new Promise((resolve) => void waiting.push(resolve)),
    release: (document) => waiting.shift()?.(Response.json(document)),
    get waiting() {
      return waiting.length
    },
  }
}

function headersOf({ remote }: Setting, index: number): Headers {
  return new Headers(remote.requests.at(index)?.init.headers)
}

describe('discovery', () => {
  it.each<[string, object | number | ((init: RequestInit) => Response | Promise<Response>)]>([
    ['is gone', 404],
    ['redirects', 301],
    ['fails', 500],
    ['refuses connections', refuseConnection],
    ['returns a page', () => new Response('<html>')],
    ['returns an empty set', { keys: [] }],
  ])('finds moved keys immediately if the old URL %s', async (_, answer) => {
    const { keys, remote } = await warm({ issuer })
    remote.answers.set(jwksUrl, answer)
    remote.answers.set(moved, next.jwks)
    remote.answers.set(metadataUrl, { issuer, jwks_uri: moved })
    await keys.refresh()
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })

  it('finds moved keys within seconds if the old URL no longer responds', async () => {
    const { keys, remote, clock } = await warm({ issuer, requestTimeout: '60ms' })
    remote.answers.set(jwksUrl, hang)
    remote.answers.set(moved, next.jwks)
    remote.answers.set(metadataUrl, { issuer, jwks_uri: moved })
    clock.advance(4 * minute)
    expect(await refreshedBehind(keys)).toBe('refreshFailed')
    clock.advance(1000)
    expect(await refreshedBehind(keys)).toBe('refreshed')
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })

  it('keeps the known URL if the metadata cannot be read again', async () => {
    const { keys, remote } = await warm({ issuer })
    remote.answers.set(metadataUrl, 500)
    remote.answers.set(jwksUrl, both)
    await keys.refresh({ force: true })
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })

  it('reads metadata again for an unknown kid, even if the old URL still responds', async () => {
    const { keys, remote, clock } = await warm({ issuer })
    remote.answers.set(moved, next.jwks)
    remote.answers.set(metadataUrl, { issuer, jwks_uri: moved })
    clock.advance(2 * minute)
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: true })
  })

  it('does not read metadata at every refresh', async () => {
    const { keys, remote, clock } = await warm({ issuer })
    clock.advance(4 * minute)
    await refreshedBehind(keys)
    expect(remote.urls).toEqual([metadataUrl, jwksUrl, jwksUrl])
  })

  it('refuses keys on a host that jwksHosts does not name, without sending it a request', async () => {
    const { keys, remote } = setting({ issuer, jwksHosts: ['issuer.example.com'] })
    remote.answers.set(metadataUrl, { issuer, jwks_uri: moved })
    remote.answers.set(moved, next.jwks)
    await expect(keys.ready()).rejects.toThrow(/jwksHosts/)
    expect(remote.urls).not.toContain(moved)
  })

  it('accepts host names in any case', async () => {
    const { keys } = setting({ issuer, jwksHosts: ['Issuer.Example.COM'] })
    await expect(keys.ready()).resolves.toBeUndefined()
  })

  it('does not send the validators of one URL to another', async () => {
    const one = setting({ issuer })
    one.remote.answers.set(jwksUrl, () => Response.json(foreign.jwks, { headers: { etag: '"a"' } }))
    await one.keys.ready()
    one.remote.answers.set(moved, next.jwks)
    one.remote.answers.set(metadataUrl, { issuer, jwks_uri: moved })
    await one.keys.refresh({ force: true })
    await one.keys.refresh()
    one.remote.requests
      .filter(({ url }) => url !== jwksUrl)
      .forEach(({ init }) => expect(new Headers(init.headers).has('if-none-match')).toBe(false))
    expect(await found(one.keys, nextHint)).toEqual({ count: 1, waited: false })
  })

  it('is retried once after a transient failure, like keys', async () => {
    const { keys, remote } = setting({ issuer })
    let asked = 0
    remote.answers.set(metadataUrl, () => {
      asked += 1
      return asked === 1 ? new Response(null, { status: 503 }) : Response.json({ issuer, jwks_uri: jwksUrl })
    })
    await expect(keys.ready()).resolves.toBeUndefined()
  })

  it('falls back to RFC 8414 metadata', async () => {
    const { keys, remote } = setting({ issuer })
    remote.answers.set(metadataUrl, 404)
    remote.answers.set(rfc8414Url, { issuer, jwks_uri: jwksUrl })
    await keys.ready()
    expect(remote.urls).toEqual([metadataUrl, rfc8414Url, jwksUrl])
  })
})

/** A source that supports conditional requests. */
function conditional(validators: Record<string, string>): (init: RequestInit) => Response {
  return ({ headers }) => {
    const given = new Headers(headers)
    const isKnown = given.has('if-none-match') || given.has('if-modified-since')
    const answer = { headers: { ...validators, 'cache-control': 'max-age=600' } }
    return isKnown ? new Response(null, { ...answer, status: 304 }) : Response.json(foreign.jwks, answer)
  }
}

describe('freshness', () => {
  it('follows the server', async () => {
    const { keys, remote, clock } = setting()
    remote.answers.set(jwksUrl, () => Response.json(foreign.jwks, { headers: { 'cache-control': 'max-age=1000' } }))
    await keys.ready()
    clock.advance(799_999)
    await found(keys)
    expect(remote.requests).toHaveLength(1)
    clock.advance(1)
    await found(keys)
    expect(remote.requests).toHaveLength(2)
  })

  it.each<[string, Record<string, string>, string, string]>([
    ['ETag', { etag: '"a"' }, 'if-none-match', '"a"'],
    ['a weak ETag', { etag: 'W/"a"' }, 'if-none-match', 'W/"a"'],
    [
      'Last-Modified',
      { 'last-modified': 'Wed, 01 Jul 2026 12:00:00 GMT' },
      'if-modified-since',
      'Wed, 01 Jul 2026 12:00:00 GMT',
    ],
  ])('is extended by a 304 to a request with %s', async (_, validators, condition, value) => {
    const one = setting()
    one.remote.answers.set(jwksUrl, conditional(validators))
    await one.keys.ready()
    const [key] = (await one.keys.verificationKeys(hint)) as [VerificationKey]
    for (let round = 1; round <= 20; round += 1) {
      one.clock.advance(8 * minute)
      expect(await refreshedBehind(one.keys)).toBe('refreshed')
      expect(headersOf(one, -1).get(condition)).toBe(value)
      expect(one.keys.health()).toMatchObject({ state: 'fresh', age: 0 })
    }
    expect(one.keys.trusts(key)).toBe(true)
  })

  it('does not send a conditional request after a forced refresh, or without a validator', async () => {
    const one = setting()
    one.remote.answers.set(jwksUrl, conditional({ etag: '"a"' }))
    await one.keys.ready()
    await one.keys.refresh({ force: true })
    expect(headersOf(one, -1).has('if-none-match')).toBe(false)
    const other = await warm()
    await other.keys.refresh()
    expect(headersOf(other, -1).has('if-none-match')).toBe(false)
  })

  it('is not extended by a 304 to an unconditional request', async () => {
    const { keys, remote } = await warm()
    remote.answers.set(jwksUrl, () => new Response(null, { status: 304 }))
    await expect(keys.refresh()).rejects.toThrow(KeySourceUnavailableError)
  })

  it('still follows the last good document after a bad one', async () => {
    const one = setting()
    one.remote.answers.set(jwksUrl, conditional({ etag: '"a"' }))
    await one.keys.ready()
    one.remote.answers.set(jwksUrl, () => Response.json({ keys: [] }, { headers: { etag: '"bad"' } }))
    await expect(one.keys.refresh()).rejects.toThrow(KeySourceUnavailableError)
    one.remote.answers.set(jwksUrl, conditional({ etag: '"a"' }))
    await one.keys.refresh()
    expect(headersOf(one, -1).get('if-none-match')).toBe('"a"')
    expect(await found(one.keys)).toEqual({ count: 1, waited: false })
  })

  it('causes no requests without traffic', async () => {
    const { remote, clock } = await warm()
    for (let passed = 0; passed < 24; passed += 1) {
      clock.advance(hour)
      await settled()
    }
    expect(remote.requests).toHaveLength(1)
  })

  it('after an idle hour makes no caller wait: the current set is served during the refresh', async () => {
    const { keys, clock } = await warm()
    clock.advance(64 * minute)
    expect(await found(keys)).toEqual({ count: 1, waited: false })
  })

  it.each<[string, (keys: RemoteJwksKeyProvider) => Promise<unknown>]>([
    ['jwks()', (keys) => keys.jwks()],
    ['publishedJwks()', (keys) => keys.publishedJwks({ include: 'all' })],
    ['getPublicJwk()', (keys) => keys.getPublicJwk('orders.1')],
  ])(
    'is also maintained by %s: a service that only publishes does not show a removed key for an hour',
    async (_, use) => {
      const { keys, remote, clock } = await warm()
      remote.answers.set(jwksUrl, both)
      clock.advance(5 * minute)
      await use(keys)
      await settled()
      expect(remote.requests).toHaveLength(2)
    },
  )
})

describe('one fetch at a time', () => {
  it('is shared by all callers, of any method', async () => {
    const { keys, remote } = setting()
    const gate = held()
    remote.answers.set(jwksUrl, gate.answer)
    const all = [keys.ready(), keys.refresh(), keys.jwks(), found(keys), found(keys), keys.getPublicJwk('orders.1')]
    await settled()
    expect(gate.waiting).toBe(1)
    gate.release(foreign.jwks)
    await Promise.all(all)
    expect(remote.requests).toHaveLength(1)
  })

  it('does not end when one caller gives up', async () => {
    const { keys, remote } = setting()
    const gate = held()
    remote.answers.set(jwksUrl, gate.answer)
    const reason = new Error('the client left')
    const leaving = new AbortController()
    const gaveUp = Promise.resolve(keys.verificationKeys(hint, { signal: leaving.signal }))
    const stays = found(keys)
    await settled()
    leaving.abort(reason)
    await expect(gaveUp).rejects.toBe(reason)
    expect(remote.requests[0]?.init.signal?.aborted).toBe(false)
    gate.release(foreign.jwks)
    expect(await stays).toMatchObject({ count: 1 })
    expect(remote.requests).toHaveLength(1)
  })

  it('serves later callers even if the only waiting caller gave up', async () => {
    const { keys, remote } = setting()
    const gate = held()
    remote.answers.set(jwksUrl, gate.answer)
    const leaving = new AbortController()
    const gaveUp = Promise.resolve(keys.verificationKeys(hint, { signal: leaving.signal }))
    await settled()
    leaving.abort()
    await expect(gaveUp).rejects.toMatchObject({ name: 'AbortError' })
    const landed = landing(keys)
    gate.release(foreign.jwks)
    expect(await landed).toBe('refreshed')
    expect(await found(keys)).toEqual({ count: 1, waited: false })
  })

  it('does not start for a caller that has already given up', async () => {
    const { keys, remote } = setting()
    const gone = Promise.resolve(keys.verificationKeys(hint, { signal: AbortSignal.abort() }))
    await expect(gone).rejects.toMatchObject({ name: 'AbortError' })
    expect(remote.requests).toEqual([])
    const later = await warm()
    const search = Promise.resolve(later.keys.verificationKeys(nextHint, { signal: AbortSignal.abort() }))
    await expect(search).rejects.toMatchObject({ name: 'AbortError' })
    expect(later.remote.requests).toHaveLength(1)
  })

  it('leaves no listener on a signal', async () => {
    const { keys } = setting()
    const { signal } = new AbortController()
    const added = jest.spyOn(signal, 'addEventListener')
    const removed = jest.spyOn(signal, 'removeEventListener')
    await keys.verificationKeys(hint, { signal })
    await keys.verificationKeys(junk(), { signal })
    expect(added.mock.calls.length).toBeGreaterThan(0)
    for (const [type, listener] of added.mock.calls) expect(removed).toHaveBeenCalledWith(type, listener)
  })

  it('is not shared with a forced refresh, which starts its own fetch afterwards', async () => {
    const { keys, remote } = await warm()
    const gate = held()
    remote.answers.set(jwksUrl, gate.answer)
    const earlier = keys.refresh()
    await settled()
    const forced = keys.refresh({ force: true })
    gate.release(foreign.jwks)
    await earlier
    remote.answers.set(jwksUrl, next.jwks)
    gate.release(next.jwks)
    await forced
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })
})

describe('an outage', () => {
  it.each<[string, () => Response]>([
    ['an empty object', () => Response.json({})],
    ['an empty set', () => Response.json({ keys: [] })],
    ['an array', () => Response.json([foreign.jwk])],
    ['a page', () => new Response('<!doctype html><title>Sign in</title>')],
    ['half a document', () => new Response(JSON.stringify(next.jwks).slice(0, -9))],
    ['nothing', () => new Response('')],
    ['keys that cannot be used', () => Response.json({ keys: [null, { kty: 'oct', k: 'AAAA' }] })],
    ['another success status', () => Response.json(next.jwks, { status: 203 })],
    ['a partial response', () => Response.json(next.jwks, { status: 206 })],
  ])('never replaces a good set with %s', async (_, answer) => {
    const { keys, remote } = await warm()
    remote.answers.set(jwksUrl, answer)
    await expect(keys.refresh()).rejects.toThrow(KeySourceUnavailableError)
    expect(await found(keys)).toEqual({ count: 1, waited: false })
    expect(keys.health().kids).toEqual(['orders.1'])
  })

  it.each<[string, number | (() => never)]>([
    ['a lost connection', refuseConnection],
    ['a 500', 500],
    ['a 503', 503],
    ['a 429', 429],
  ])('causes exactly one immediate retry after %s', async (_, answer) => {
    const { keys, remote } = setting()
    remote.answers.set(jwksUrl, answer)
    await expect(keys.ready()).rejects.toThrow(KeySourceUnavailableError)
    expect(remote.requests).toHaveLength(2)
  })

  it('causes no retry within a second of a 429, nor within five seconds of a second one', async () => {
    const { keys, remote, clock } = setting({ issuer })
    const asked: number[] = []
    remote.answers.set(jwksUrl, () => {
      asked.push(performance.now())
      return new Response(null, { status: 429 })
    })
    await expect(keys.ready()).rejects.toMatchObject({ message: `${jwksUrl}: status 429`, retryAfter: 5 })
    const [first = 0, second = 0] = asked
    expect(second - first).toBeGreaterThanOrEqual(990)
    expect(remote.urls).toEqual([metadataUrl, jwksUrl, jwksUrl])
    clock.advance(4900)
    await expect(found(keys)).rejects.toMatchObject({ retryAfter: 1 })
    expect(asked).toHaveLength(2)
    clock.advance(200)
    await expect(found(keys)).rejects.toThrow(KeySourceUnavailableError)
    expect(asked).toHaveLength(4)
  })

  it('keeps its reason if there is no time for a retry', async () => {
    const { keys, remote } = setting({ requestTimeout: '50ms' })
    remote.answers.set(jwksUrl, 429)
    await expect(keys.ready()).rejects.toThrow(`${jwksUrl}: status 429`)
    expect(remote.requests).toHaveLength(1)
  })

  it('respects `Retry-After` for keys and metadata', async () => {
    const { keys, remote } = setting({ issuer })
    remote.answers.set(jwksUrl, () => new Response(null, { status: 404, headers: { 'retry-after': '7' } }))
    await expect(keys.ready()).rejects.toMatchObject({ retryAfter: 7 })
    expect(remote.urls).toEqual([metadataUrl, jwksUrl])
  })

  it.each([400, 401, 403, 404, 410, 302])('causes no immediate retry after a %s', async (status) => {
    const { keys, remote } = setting()
    remote.answers.set(jwksUrl, status)
    await expect(keys.ready()).rejects.toThrow(KeySourceUnavailableError)
    expect(remote.requests).toHaveLength(1)
  })

  it('is not noticed if it is transient', async () => {
    const { keys, remote } = setting()
    remote.answers.set(jwksUrl, () => {
      remote.answers.set(jwksUrl, foreign.jwks)
      return refuseConnection()
    })
    await expect(keys.ready()).resolves.toBeUndefined()
  })

  it('backs off: steady traffic causes fewer and fewer requests', async () => {
    const one = await warm({ random: () => 1 })
    const { keys, remote, clock } = one
    const land = flights(one)
    remote.answers.set(jwksUrl, 404)
    clock.advance(5 * minute)
    const started = clock.now()
    const askedAt: number[] = []
    for (let second = 0; second < 200; second += 1) {
      const before = remote.requests.length
      expect(await found(keys)).toEqual({ count: 1, waited: false })
      await land()
      if (remote.requests.length > before) askedAt.push((clock.now() - started) / 1000)
      clock.advance(1000)
    }
    expect(askedAt).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183])
  })

  it.each<[string, () => string, number]>([
    ['in seconds', () => '120', 120],
    ['as a date', () => new Date(1_800_000_000_000 + 330_000).toUTCString(), 90],
    ['of more than five minutes', () => '86400', 300],
  ])('respects Retry-After, up to five minutes: %s', async (_, retryAfter, seconds) => {
    const { keys, remote, clock } = await warm()
    remote.answers.set(jwksUrl, () => new Response(null, { status: 503, headers: { 'retry-after': retryAfter() } }))
    clock.advance(4 * minute)
    expect(await refreshedBehind(keys)).toBe('refreshFailed')
    expect(remote.requests).toHaveLength(2)
    clock.advance(seconds * 1000 - 1)
    await found(keys)
    await found(keys, nextHint)
    await settled()
    expect(remote.requests).toHaveLength(2)
    clock.advance(1)
    await refreshedBehind(keys)
    expect(remote.requests).toHaveLength(3)
  })

  it('on a cold start is reported with its cause and a retry time, and concurrent callers share one request', async () => {
    const { keys, remote, clock } = setting({ random: () => 1 })
    remote.answers.set(jwksUrl, refuseConnection)
    const failures: KeySourceUnavailableError[] = []
    for (let request = 0; request < 20; request += 1) {
      await found(keys).catch((error: unknown) => failures.push(error as KeySourceUnavailableError))
    }
    expect(failures).toHaveLength(20)
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(KeySourceUnavailableError)
      expect(failure.cause).toBeInstanceOf(Error)
      expect(failure.retryAfter).toBe(1)
    }
    expect(remote.requests).toHaveLength(2)
    remote.answers.set(jwksUrl, foreign.jwks)
    clock.advance(1000)
    expect(await found(keys)).toMatchObject({ count: 1 })
  })

  it('is not extended by traffic: the window counts from the last success', async () => {
    const one = await warm()
    const { keys, remote, clock } = one
    const land = flights(one)
    remote.answers.set(jwksUrl, 404)
    for (let age = 0; age < 65; age += 1) {
      expect(await found(keys)).toEqual({ count: 1, waited: false })
      await land()
      clock.advance(minute)
    }
    await expect(found(keys)).rejects.toThrow(KeySourceUnavailableError)
    await expect(keys.jwks()).rejects.toThrow(KeySourceUnavailableError)
  })
})

describe('unknown kids', () => {
  it('cause two fetches for fifty thousand tokens', async () => {
    const { keys, remote } = await warm()
    for (let kid = 0; kid < 50_000; kid += 1) await keys.verificationKeys(junk(kid))
    expect(remote.requests.length).toBeLessThanOrEqual(3)
  })

  it('cause no more when they are concurrent', async () => {
    const { keys, remote } = await warm()
    await Promise.all(Array.from({ length: 1000 }, (_, kid) => found(keys, junk(kid))))
    expect(remote.requests.length).toBeLessThanOrEqual(3)
  })

  it('do not lock out a key that is published right after them: it works within the refill interval', async () => {
    const { keys, remote, clock } = await warm()
    for (let kid = 0; kid < 100; kid += 1) await found(keys, junk(kid))
    remote.answers.set(jwksUrl, both)
    let waited = 0
    while ((await found(keys, nextHint)).count === 0) {
      clock.advance(500)
      waited += 500
      await found(keys, junk(`more-${waited}`))
    }
    expect(waited).toBeLessThanOrEqual(20_000)
  })

  it('work as soon as a change is seen, even if a token came before its key was published', async () => {
    const { keys, remote } = await warm()
    expect(await found(keys, nextHint)).toMatchObject({ count: 0 })
    remote.answers.set(jwksUrl, both)
    await keys.refresh()
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })

  it('work after ten seconds, even if no change was seen, if the key is published after its first token', async () => {
    const { keys, remote, clock } = await warm()
    await found(keys, nextHint)
    remote.answers.set(jwksUrl, both)
    clock.advance(10_001)
    expect(await found(keys, nextHint)).toMatchObject({ count: 1 })
  })

  it.each([
    ['without other traffic', 0],
    ['under a flood of junk', 10],
  ])('that are published late are found within fifteen seconds, even with a slow issuer: %s', async (_, flood) => {
    const { keys, remote, clock } = await warm()
    // A response contains the keys published when the request arrives, and takes five seconds.
    let published: object = foreign.jwks
    remote.answers.set(jwksUrl, () => {
      const answer = Response.json(published)
      clock.advance(5000)
      return answer
    })
    for (let kid = 0; kid < flood; kid += 1) await found(keys, junk(kid))
    await found(keys, nextHint)
    published = both
    const publishedAt = clock.now()
    while ((await found(keys, nextHint)).count === 0) {
      if (flood > 0) await found(keys, junk(clock.now()))
      clock.advance(100)
    }
    expect(clock.now() - publishedAt).toBeLessThanOrEqual(15_000)
  })

  it('share one search if they are concurrent: all tokens of a new key are accepted', async () => {
    const { keys, remote } = await warm()
    remote.answers.set(jwksUrl, both)
    const searches = await Promise.all(Array.from({ length: 30 }, () => found(keys, nextHint)))
    expect(searches.map(({ count }) => count)).toEqual(Array<number>(30).fill(1))
    expect(remote.requests).toHaveLength(2)
  })

  it('include a known kid with another algorithm: its key may have a new type', async () => {
    const { keys, remote } = await warm()
    remote.answers.set(jwksUrl, { keys: [{ ...rsaPair().publicJwk, kid: foreign.kid }] })
    expect(await found(keys, { alg: 'RS256', kid: foreign.kid })).toEqual({ count: 1, waited: true })
  })

  it('are searched for without conditions: a server may answer 304 although its keys have changed', async () => {
    const one = setting()
    one.remote.answers.set(jwksUrl, conditional({ etag: '"same"', 'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT' }))
    await one.keys.ready()
    await found(one.keys, nextHint)
    const headers = headersOf(one, -1)
    expect([headers.has('if-none-match'), headers.has('if-modified-since')]).toEqual([false, false])
  })

  it('have a separate budget: when it is spent, the set is still refreshed on time', async () => {
    const { keys, remote, clock } = await warm()
    for (let kid = 0; kid < 100; kid += 1) await found(keys, junk(kid))
    const before = remote.requests.length
    clock.advance(4 * minute)
    expect(await refreshedBehind(keys)).toBe('refreshed')
    expect(remote.requests).toHaveLength(before + 1)
  })

  it('do not make a known kid wait', async () => {
    const { keys, remote } = await warm()
    const gate = held()
    remote.answers.set(jwksUrl, gate.answer)
    const search = found(keys, junk())
    await settled()
    expect(await found(keys)).toEqual({ count: 1, waited: false })
    gate.release(foreign.jwks)
    expect(await search).toMatchObject({ count: 0 })
  })

  it('that arrive during a fetch cause another one: their key may be newer than the response', async () => {
    const { keys, remote, clock } = await warm()
    const gate = held()
    remote.answers.set(jwksUrl, gate.answer)
    clock.advance(4 * minute)
    await found(keys)
    await settled()
    const search = found(keys, nextHint)
    gate.release(foreign.jwks)
    while (gate.waiting === 0) await settled()
    gate.release(both)
    expect(await search).toEqual({ count: 1, waited: true })
  })

  it('wait for one deadline in total, even if a refresh was under way', async () => {
    const late = (document: object) => (): Promise<Response> =>
      new Promise((resolve) => {
        setTimeout(() => resolve(Response.json(document)), 320)
      })
    const { keys, remote, clock } = await warm({ requestTimeout: '400ms' })
    remote.answers.set(jwksUrl, late(foreign.jwks))
    clock.advance(4 * minute)
    const started = performance.now()
    expect(await found(keys, nextHint)).toMatchObject({ count: 0 })
    expect(performance.now() - started).toBeLessThan(580)
  })

  it('in an outage are refused immediately, without a fetch for each', async () => {
    const { keys, remote } = await warm({ random: () => 1 })
    remote.answers.set(jwksUrl, 404)
    await found(keys, junk(0))
    for (let kid = 1; kid < 50; kid += 1) expect(await found(keys, junk(kid))).toEqual({ count: 0, waited: false })
    expect(remote.requests).toHaveLength(2)
  })
})

describe('rotation', () => {
  it('refuses a removed key after the next refresh under continuous traffic, also for tokens verified before', async () => {
    const one = await warm()
    const { keys, remote, clock } = one
    const land = flights(one)
    const [key] = (await keys.verificationKeys(hint)) as [VerificationKey]
    remote.answers.set(jwksUrl, next.jwks)
    let seconds = 0
    for (; keys.trusts(key) && seconds < 1000; seconds += 1) {
      expect(await found(keys)).toEqual({ count: 1, waited: false })
      await land()
      clock.advance(1000)
    }
    expect(seconds).toBeLessThanOrEqual(300)
    expect(await found(keys)).toMatchObject({ count: 0 })
    expect(await found(keys, nextHint)).toMatchObject({ count: 1 })
  })

  it('no longer trusts a key once its kid has new material', async () => {
    const { keys, remote } = await warm()
    const [key] = (await keys.verificationKeys(hint)) as [VerificationKey]
    remote.answers.set(jwksUrl, new ForeignIssuer('orders.1').jwks)
    await keys.refresh()
    const [changed] = (await keys.verificationKeys(hint)) as [VerificationKey]
    expect(keys.trusts(key)).toBe(false)
    expect(keys.trusts(changed)).toBe(true)
    expect(changed.thumbprint).not.toBe(key.thumbprint)
  })

  it('trusts a key again once it is published again', async () => {
    const { keys, remote } = await warm()
    const [key] = (await keys.verificationKeys(hint)) as [VerificationKey]
    remote.answers.set(jwksUrl, next.jwks)
    await keys.refresh()
    remote.answers.set(jwksUrl, foreign.jwks)
    await keys.refresh()
    expect(keys.trusts(key)).toBe(true)
  })

  it('trusts only keys of its own set, not those of another source', async () => {
    const { keys } = await warm()
    const other = await warm()
    other.remote.answers.set(jwksUrl, next.jwks)
    await other.keys.refresh()
    const [key] = (await other.keys.verificationKeys(nextHint)) as [VerificationKey]
    expect(keys.trusts(key)).toBe(false)
  })
})

const gc = ((): (() => void) => {
  setFlagsFromString('--expose_gc')
  return runInNewContext('gc') as () => void
})()

describe('the deadline', () => {
  it('survives garbage collection', async () => {
    const { keys, remote } = setting({ requestTimeout: '200ms' })
    remote.answers.set(jwksUrl, hang)
    const ready = keys.ready()
    const collecting = setInterval(gc, 40).unref()
    try {
      await expect(ready).rejects.toThrow(KeySourceUnavailableError)
    } finally {
      clearInterval(collecting)
    }
  }, 2000)

  it('includes the pause before the retry, regardless of the injected random function', async () => {
    const { keys, remote } = setting({ requestTimeout: '100ms', random: () => 1e6 })
    remote.answers.set(jwksUrl, 503)
    await expect(keys.ready()).rejects.toThrow('status 503')
    expect(remote.requests).toHaveLength(1)
  })

  it('includes metadata, keys and the retry', async () => {
    const late = (document: object | number) => (): Promise<Response> =>
      new Promise((resolve) => {
        const answer = typeof document === 'number' ? new Response(null, { status: document }) : Response.json(document)
        setTimeout(() => resolve(answer), 150)
      })
    const { keys, remote } = setting({ issuer, requestTimeout: '300ms' })
    remote.answers.set(metadataUrl, late({ issuer, jwks_uri: jwksUrl }))
    remote.answers.set(jwksUrl, late(503))
    const started = performance.now()
    await expect(keys.ready()).rejects.toThrow(KeySourceUnavailableError)
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('start-up and shutdown', () => {
  it('ready() rejects while the endpoint is down, and resolves as soon as it is up', async () => {
    const { keys, remote } = setting({ random: () => 1 })
    remote.answers.set(jwksUrl, 404)
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(keys.ready()).rejects.toThrow(KeySourceUnavailableError)
    remote.answers.set(jwksUrl, foreign.jwks)
    await expect(keys.ready()).resolves.toBeUndefined()
    await keys.ready()
    expect(remote.requests).toHaveLength(4)
  })

  it('after ready(), no request for a known key waits, through a day of refreshes and failures', async () => {
    const one = await warm()
    const land = flights(one)
    for (let passed = 0; passed < 24 * 60; passed += 1) {
      one.remote.answers.set(jwksUrl, passed % 7 < 3 ? 404 : foreign.jwks)
      expect(one.keys.verificationKeys(hint)).not.toBeInstanceOf(Promise)
      await land()
      one.clock.advance(minute)
    }
    expect(one.remote.requests.length).toBeGreaterThan(24 * 6)
  })

  it('close() ends fetches that are under way and rejects the waiting callers', async () => {
    const { keys, remote } = setting({ requestTimeout: '1m' })
    remote.answers.set(jwksUrl, hang)
    const waiting = [keys.ready(), found(keys)]
    await settled()
    keys.close()
    for (const one of waiting) await expect(one).rejects.toThrow(KeySourceUnavailableError)
    expect(remote.requests[0]?.init.signal?.aborted).toBe(true)
  })

  it('close() keeps the current keys and stops fetching', async () => {
    const { keys, remote, clock } = await warm()
    keys.close()
    keys.close()
    clock.advance(10 * minute)
    expect(await found(keys)).toEqual({ count: 1, waited: false })
    expect(await found(keys, junk())).toMatchObject({ count: 0 })
    await expect(keys.refresh()).rejects.toThrow(KeySourceUnavailableError)
    await settled()
    expect(remote.requests).toHaveLength(1)
    clock.advance(hour)
    await expect(found(keys)).rejects.toThrow(KeySourceUnavailableError)
  })
})

describe('the ecosystem', () => {
  it('sends its headers and user agent to both metadata and keys', async () => {
    const one = await warm({ issuer, headers: { 'x-api-key': 'k', 'X-Tenant': 't' }, userAgent: 'orders/1' })
    expect(one.remote.requests).toHaveLength(2)
    for (const index of [0, 1]) {
      const headers = headersOf(one, index)
      expect([headers.get('x-api-key'), headers.get('x-tenant'), headers.get('user-agent')]).toEqual([
        'k',
        't',
        'orders/1',
      ])
    }
  })

  it.each(['user-agent', 'User-Agent'])('lets a header replace a default: %s', async (name) => {
    const one = await warm({ headers: { [name]: 'mine' } })
    expect(headersOf(one, 0).get('user-agent')).toBe('mine')
  })

  it('uses the given fetch, and never follows redirects', async () => {
    const { remote } = await warm({ issuer })
    expect(remote.requests.map(({ init }) => [init.redirect, init.signal instanceof AbortSignal])).toEqual([
      ['manual', true],
      ['manual', true],
    ])
  })

  it('accepts the keys of SPIFFE if acceptKeyUses names their use', async () => {
    const bundle = { keys: [{ ...foreign.jwk, use: 'jwt-svid' }], spiffe_sequence: 1 }
    const { keys, remote } = setting({ acceptKeyUses: ['jwt-svid'] })
    remote.answers.set(jwksUrl, bundle)
    expect(await found(keys)).toMatchObject({ count: 1 })
    const strict = setting()
    strict.remote.answers.set(jwksUrl, bundle)
    await expect(found(strict.keys)).rejects.toThrow(KeySourceUnavailableError)
  })

  it('respects the limits in its options', async () => {
    const small = setting({ maxBodyBytes: 10 })
    await expect(small.keys.ready()).rejects.toThrow(/more than 10 bytes/)
    const few = setting({ maxKeys: 1 })
    few.remote.answers.set(jwksUrl, both)
    await few.keys.ready()
    expect(few.keys.health()).toMatchObject({ kids: ['orders.1'], setAside: [{ index: 1, kid: 'orders.2' }] })
  })

  it.each<[string, object, string]>([
    ['a limit of zero', { maxBodyBytes: 0 }, 'maxBodyBytes'],
    ['a fractional number of keys', { maxKeys: 0.5 }, 'maxKeys'],
    ['invalid headers', { headers: { a: 1 } }, 'headers'],
    ['an empty list of hosts', { jwksHosts: [] }, 'jwksHosts'],
    ['an invalid bound', { minCacheTtl: 'soon' }, 'minCacheTtl'],
    ['the use enc', { acceptKeyUses: ['enc'] }, 'acceptKeyUses'],
    ['an empty list of uses', { acceptKeyUses: [] }, 'acceptKeyUses'],
    ['a random that is not a function', { random: 4 }, 'random'],
  ])('refuses %s at construction', (_, options, option) => {
    expect(() => setting(options)).toThrow(expect.objectContaining({ name: 'ConfigurationError', option }))
  })
})

describe('local keys of a remote provider', () => {
  it('are created, imported, rotated, used and destroyed without the network', async () => {
    const { keys, remote } = setting()
    await keys.createKey({ alg: 'ES256', kid: 'made' })
    await keys.importKey({ alg: 'ES256', kid: 'brought' }, next.pair.privatePem)
    await keys.rotateKey('made')
    expect(await keys.randomBytes(16)).toHaveLength(16)
    expect(
      await keys.hkdf(new Uint8Array(32), { salt: new Uint8Array(), info: new Uint8Array(), length: 42 }),
    ).toHaveLength(42)
    expect(keys.supports().features).toEqual(expect.arrayContaining(['remote', 'refresh']))
    expect(await keys.destroyKey('made', 1)).toBe(true)
    expect(new Set((await keys.publishedJwks()).keys.map(({ kid }) => kid))).toEqual(new Set(['brought.1', 'made.2']))
    expect(remote.requests).toEqual([])
  })

  it('are merged with remote ones, local first', async () => {
    const { keys } = setting()
    await keys.createKey({ alg: 'ES256', kid: 'made' })
    expect((await keys.jwks()).keys.map(({ kid }) => kid)).toEqual(['made.1', 'orders.1'])
  })

  it('are not tried twice if a remote key has the same material, for tokens without a kid', async () => {
    const { keys } = setting()
    await keys.importKey({ alg: 'ES256', kid: 'brought' }, foreign.pair.privatePem)
    expect(await found(keys, { alg: 'ES256' })).toMatchObject({ count: 1 })
  })

  it('are published together with remote keys, as the same object until either changes', async () => {
    const { keys, remote } = setting()
    await keys.createKey({ alg: 'ES256', kid: 'made' })
    const all = (): Promise<object> => keys.publishedJwks({ include: 'all' })
    const first = await all()
    expect(await all()).toBe(first)
    await keys.refresh({ force: true })
    expect(await all()).toBe(first)
    await keys.rotateKey('made')
    const second = await all()
    expect(second).not.toBe(first)
    remote.answers.set(jwksUrl, both)
    await keys.refresh()
    expect(await all()).not.toBe(second)
    expect(await all()).toEqual(await keys.jwks())
  })

  it('keep working in an outage of the remote keys', async () => {
    const { keys, remote } = setting()
    remote.answers.set(jwksUrl, refuseConnection)
    await keys.createKey({ alg: 'ES256', kid: 'made' })
    expect(await found(keys, { alg: 'ES256', kid: 'made.1' })).toEqual({ count: 1, waited: false })
    await expect(found(keys)).rejects.toThrow(KeySourceUnavailableError)
  })
})

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { keySourceChannel, reportableKid, type KeySourceEvents } from '../../../src/keys/remote/source-events.ts'
import type { RemoteJwksKeyProvider } from '../../../src/keys/remote/remote-jwks-key-provider.ts'
import { refuseConnection, settled } from '../../support/fake-fetch.ts'
import { ForeignIssuer, jwksUrl } from '../../support/foreign-issuer.ts'
import { harmfulListeners, unhandledIn } from '../../support/harmful-listeners.ts'
import { foreign, found, hint, junk, minute, next, nextHint, refreshedBehind, setting, warm } from './remote-setting.ts'

const names: readonly (keyof KeySourceEvents)[] = [
  'refreshed',
  'refreshFailed',
  'servingStale',
  'keyAdded',
  'keyRemoved',
  'keyChanged',
  'keySetAside',
  'keyWarning',
  'unknownKid',
]

interface Reported {
  readonly event: string
  readonly [member: string]: unknown
}

function eventsOf(keys: RemoteJwksKeyProvider): Reported[] {
  const events: Reported[] = []
  for (const event of names) keys.on(event, (detail: object) => events.push({ event, ...detail }))
  return events
}

describe('events', () => {
  it('report the first set and each key in it', async () => {
    const { keys } = setting()
    const events = eventsOf(keys)
    await keys.ready()
    expect(events).toEqual([
      { event: 'refreshed', keys: 1, notModified: false, freshFor: 300 },
      { event: 'keyAdded', kid: 'orders.1', alg: 'ES256', thumbprint: expect.any(String) },
    ])
  })

  it('report added and removed keys', async () => {
    const { keys, remote } = await warm()
    const events = eventsOf(keys)
    remote.answers.set(jwksUrl, next.jwks)
    await keys.refresh()
    expect(events.map(({ event, kid }) => [event, kid])).toEqual([
      ['refreshed', undefined],
      ['keyAdded', 'orders.2'],
      ['keyRemoved', 'orders.1'],
    ])
  })

  it('report new material under the same kid, with its thumbprint', async () => {
    const { keys, remote } = await warm()
    const events = eventsOf(keys)
    const other = new ForeignIssuer('orders.1')
    remote.answers.set(jwksUrl, other.jwks)
    await keys.refresh()
    const [{ thumbprint } = {}] = await keys.verificationKeys(hint)
    expect(events.slice(1)).toEqual([{ event: 'keyChanged', kid: 'orders.1', alg: 'ES256', thumbprint }])
  })

  it('report no change if there was none', async () => {
    const { keys } = await warm()
    const events = eventsOf(keys)
    await keys.refresh()
    expect(events.map(({ event }) => event)).toEqual(['refreshed'])
  })

  it('report a 304', async () => {
    const { keys, remote } = setting()
    remote.answers.set(jwksUrl, ({ headers }) => {
      const isKnown = new Headers(headers).has('if-none-match')
      return isKnown ? new Response(null, { status: 304 }) : Response.json(foreign.jwks, { headers: { etag: '"a"' } })
    })
    await keys.ready()
    const events = eventsOf(keys)
    await keys.refresh()
    expect(events).toEqual([{ event: 'refreshed', keys: 1, notModified: true, freshFor: 300 }])
  })

  it('report skipped keys and wrongly published keys once for each set', async () => {
    const { keys, remote, clock } = setting()
    const secret = { ...foreign.jwk, ...foreign.pair.privateJwk, kid: 'leaked' }
    const answer = { keys: [foreign.jwk, null, { kty: 'oct', k: 'c2VjcmV0', kid: 's' }, secret] }
    remote.answers.set(jwksUrl, answer)
    const events = eventsOf(keys)
    await keys.ready()
    expect(events.filter(({ event }) => event === 'keySetAside')).toEqual([
      { event: 'keySetAside', index: 1, kid: undefined, reason: expect.any(String) },
      { event: 'keySetAside', index: 2, kid: 's', reason: expect.stringContaining('symmetric') },
    ])
    expect(events.filter(({ event }) => event === 'keyWarning')).toEqual([
      { event: 'keyWarning', index: 3, kid: 'leaked', reason: expect.stringContaining('private') },
    ])
    clock.advance(minute)
    expect(keys.health()).toMatchObject({ setAside: [{ index: 1 }, { index: 2 }], warnings: [{ index: 3 }] })
  })

  it('report a failure, its cause, and the time of the next attempt', async () => {
    const { keys, remote } = await warm()
    const events = eventsOf(keys)
    remote.answers.set(jwksUrl, refuseConnection)
    await expect(keys.refresh()).rejects.toMatchObject({ code: 'key_source_unavailable' })
    expect(events).toEqual([{ event: 'refreshFailed', error: expect.any(Error), retryIn: 0.5 }])
    const causes = inspect(events, { depth: 10 })
    expect(causes).toContain('fetch failed')
  })

  it('report stale keys once for each failure, not for each request', async () => {
    const { keys, remote, clock } = await warm()
    remote.answers.set(jwksUrl, { keys: [] })
    clock.advance(10 * minute)
    const events = eventsOf(keys)
    expect(await refreshedBehind(keys)).toBe('refreshFailed')
    for (let request = 0; request < 5; request += 1) await found(keys)
    expect(events.map(({ event }) => event)).toEqual(['refreshFailed', 'servingStale'])
    clock.advance(minute)
    expect(await refreshedBehind(keys)).toBe('refreshFailed')
    for (let request = 0; request < 5; request += 1) await found(keys)
    expect(events.filter(({ event }) => event === 'servingStale')).toEqual([
      { event: 'servingStale', age: 600 },
      { event: 'servingStale', age: 660 },
    ])
  })

  it('report unknown kids, and whether a fetch was spent on them', async () => {
    const { keys } = await warm()
    const events = eventsOf(keys)
    for (const one of [1, 2, 3, 1]) await found(keys, junk(one))
    expect(events.filter(({ event }) => event === 'unknownKid')).toEqual([
      { event: 'unknownKid', kid: 'junk-1', asked: true },
      { event: 'unknownKid', kid: 'junk-2', asked: true },
      { event: 'unknownKid', kid: 'junk-3', asked: false },
      { event: 'unknownKid', kid: 'junk-1', asked: false },
    ])
  })

  it('do not report a published kid as unknown if its key is for another algorithm', async () => {
    const { keys } = await warm()
    const events = eventsOf(keys)
    expect(await found(keys, { ...hint, alg: 'RS256' })).toMatchObject({ count: 0 })
    expect(events.filter(({ event }) => event === 'unknownKid')).toEqual([])
  })

  it.each(Object.entries(harmfulListeners))('do no harm if a listener %s', async (_, harm) => {
    const { keys, remote } = setting()
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    for (const event of names) keys.on(event, harm)
    const unhandled = await unhandledIn(async () => {
      await expect(keys.ready()).resolves.toBeUndefined()
      expect(await found(keys)).toEqual({ count: 1, waited: false })
      expect(await found(keys, junk())).toMatchObject({ count: 0 })
      remote.answers.set(jwksUrl, 404)
      await expect(keys.refresh()).rejects.toMatchObject({ code: 'key_source_unavailable' })
    })
    expect(unhandled).toEqual([])
    for (const event of ['refreshed', 'keyAdded', 'unknownKid', 'refreshFailed'])
      expect(warn).toHaveBeenCalledWith(expect.stringContaining(event), 'BearerKitWarning')
    warn.mockRestore()
  })

  it('contain no secret, even if one was published', async () => {
    const { keys, remote } = setting()
    const events = eventsOf(keys)
    const { d } = foreign.pair.privateJwk
    remote.answers.set(jwksUrl, {
      keys: [
        { ...foreign.jwk, d },
        { kty: 'oct', k: 'c2VjcmV0', kid: 's' },
      ],
    })
    await keys.ready()
    const shown = inspect([events, keys.health(), keys], { depth: 20, showHidden: true }) + JSON.stringify(events)
    for (const secret of [d as string, 'c2VjcmV0']) expect(shown).not.toContain(secret)
  })
})

describe('a reported kid', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['undefined', undefined, undefined],
    ['an ordinary one', 'orders.1', 'orders.1'],
    ['an empty one', '', ''],
    ['one with control characters', 'a\r\nb\u001B[31m\u2028', 'a??b?[31m?'],
    ['a long one', 'x'.repeat(10_000), 'x'.repeat(64)],
  ])('is short and printable: %s', (_, kid, reported) => {
    expect(reportableKid(kid)).toBe(reported)
  })
})

describe('the diagnostics channel', () => {
  it('publishes every event of every source, with the name of the source', async () => {
    const messages: Reported[] = []
    const listen = (message: unknown): void => void messages.push(message as Reported)
    subscribe(keySourceChannel, listen)
    try {
      const { keys, remote } = await warm()
      const { keys: others } = await warm({ jwksUrl, issuer: 'https://x.example' })
      await found(others, junk())
      remote.answers.set(jwksUrl, 404)
      await expect(keys.refresh()).rejects.toMatchObject({ code: 'key_source_unavailable' })
    } finally {
      unsubscribe(keySourceChannel, listen)
    }
    expect(messages.every(({ source }) => source === jwksUrl)).toBe(true)
    expect(messages.map(({ event }) => event)).toEqual([
      'refreshed',
      'keyAdded',
      'refreshed',
      'keyAdded',
      'unknownKid',
      'refreshed',
      'refreshFailed',
    ])
  })
})

describe('health', () => {
  it('is cold before the first fetch, and reading it fetches nothing', async () => {
    const { keys, remote } = setting()
    expect(keys.health()).toEqual({
      state: 'cold',
      age: undefined,
      nextRefresh: undefined,
      lastError: undefined,
      kids: [],
      setAside: [],
      warnings: [],
    })
    await settled()
    expect(remote.requests).toEqual([])
  })

  it('reports state, age, next refresh and kids', async () => {
    const { keys, clock } = await warm()
    clock.advance(minute)
    expect(keys.health()).toMatchObject({ state: 'fresh', age: 60, nextRefresh: 180, kids: ['orders.1'] })
    clock.advance(3 * minute)
    expect(keys.health()).toMatchObject({ state: 'ageing', age: 240, nextRefresh: 0 })
    clock.advance(minute)
    expect(keys.health()).toMatchObject({ state: 'stale', age: 300 })
    clock.advance(60 * minute)
    expect(keys.health()).toMatchObject({ state: 'expired', age: 3900 })
  })

  it('counts the time of a slow response as age', async () => {
    const { keys, remote, clock } = setting()
    remote.answers.set(jwksUrl, () => {
      clock.advance(4000)
      return Response.json(foreign.jwks)
    })
    await keys.ready()
    expect(keys.health()).toMatchObject({ state: 'fresh', age: 4 })
  })

  it('reports the last failure until it is over', async () => {
    const { keys, remote, clock } = await warm()
    remote.answers.set(jwksUrl, 404)
    clock.advance(5 * minute)
    await expect(keys.refresh()).rejects.toMatchObject({ code: 'key_source_unavailable' })
    expect(keys.health()).toMatchObject({ state: 'stale', nextRefresh: 0.5, kids: ['orders.1'] })
    expect(keys.health().lastError?.message).toContain('404')
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    clock.advance(1000)
    await keys.refresh()
    expect(keys.health()).toMatchObject({ state: 'fresh', lastError: undefined, kids: ['orders.1', 'orders.2'] })
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })
})

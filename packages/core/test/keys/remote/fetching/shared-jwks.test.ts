import { EventEmitter } from 'node:events'
import { optional, readOptions, text } from '../../../../src/configuration/options.ts'
import type { Fetch } from '../../../../src/keys/remote/fetching/bounded-fetch.ts'
import { SharedJwks } from '../../../../src/keys/remote/fetching/shared-jwks.ts'
import { JwksSource, type JwksSourceSettings } from '../../../../src/keys/remote/jwks-source.ts'
import { type RemoteKeyOptions, remoteKeyReaders } from '../../../../src/keys/remote/remote-key-options.ts'
import type { KeySourceEvents } from '../../../../src/keys/remote/source-events.ts'
import { ManualClock } from '../../../support/clock.ts'
import { FakeFetch, settled } from '../../../support/fake-fetch.ts'
import { ForeignIssuer } from '../../../support/foreign-issuer.ts'
import { foreign, found, hint, landing, minute, next, nextHint } from '../remote-setting.ts'

const jwksUrl = 'https://keys.example.com/jwks'
const jwksHosts = ['keys.example.com']

function tenant(number: number): string {
  return `https://login.example.com/tenant-${number}`
}

interface TenantOptions extends RemoteKeyOptions {
  readonly issuer?: string
  readonly jwksUrl?: string
}

/** The keys of a tenant, as a verifier creates them, and their events. */
class TenantKeys extends JwksSource {
  readonly events: EventEmitter<KeySourceEvents>

  constructor(options: TenantOptions, documents: SharedJwks) {
    const events = new EventEmitter<KeySourceEvents>()
    const readers = { ...remoteKeyReaders, issuer: optional(text), jwksUrl: optional(text) }
    super(readOptions<JwksSourceSettings>('TenantKeys', options, readers), events, documents)
    this.events = events
  }
}

interface Setting {
  readonly remote: FakeFetch
  readonly clock: ManualClock
  readonly keysOf: (number: number, options?: TenantOptions) => TenantKeys
  readonly jwksRequests: () => number
}

/** Tenants whose metadata names the same JWKS. */
function tenants({ max = 1000, cacheControl = 'max-age=300' } = {}): Setting {
  const clock = new ManualClock()
  const remote = new FakeFetch({})
  const documents = new SharedJwks(max)
  publish(remote, foreign.jwks, cacheControl)
  const keysOf = (number: number, options: TenantOptions = {}): TenantKeys => {
    const issuer = tenant(number)
    remote.answers.set(`${issuer}/.well-known/openid-configuration`, { issuer, jwks_uri: jwksUrl })
    const random = (): number => 0.5
    return new TenantKeys({ issuer, fetch: remote.fetch, clock, random, jwksHosts, ...options }, documents)
  }
  return { remote, clock, keysOf, jwksRequests: () => remote.urls.filter((url) => url === jwksUrl).length }
}

function publish(remote: FakeFetch, jwks: object, cacheControl = 'max-age=300'): void {
  remote.answers.set(jwksUrl, () => Response.json(jwks, { headers: { 'cache-control': cacheControl } }))
}

describe('issuers whose metadata names one JWKS', () => {
  it('share one fetch and one set of keys', async () => {
    const { keysOf, jwksRequests } = tenants()
    const sets = []
    for (let number = 0; number < 20; number += 1) sets.push(await keysOf(number).verificationKeys(hint))
    expect(jwksRequests()).toBe(1)
    expect(new Set(sets.map(([key]) => key)).size).toBe(1)
  })

  it('share a fetch that is under way', async () => {
    const { keysOf, jwksRequests } = tenants()
    const answers = await Promise.all(Array.from({ length: 20 }, (_, number) => found(keysOf(number))))
    expect(answers.map(({ count }) => count)).toEqual(Array<number>(20).fill(1))
    expect(jwksRequests()).toBe(1)
  })

  it('fetch once in the lifetime of the keys, regardless of the number of issuers', async () => {
    const { keysOf, jwksRequests, clock } = tenants()
    const all = Array.from({ length: 10 }, (_, number) => keysOf(number))
    for (let passed = 0; passed < 60; passed += 1) {
      for (const keys of all) {
        const landed = keys.health().state === 'ageing' ? landing(keys.events) : 'fresh'
        await found(keys)
        expect(await landed).toMatch(/^(refreshed|fresh)$/)
      }
      clock.advance(minute)
    }
    // One refresh at 80 % of five minutes.
    expect(jwksRequests()).toBe(15)
  })

  it('adopt shared keys with their age', async () => {
    const { keysOf, clock } = tenants()
    await keysOf(1).ready()
    clock.advance(3 * minute)
    const later = keysOf(2)
    await later.ready()
    expect(later.health()).toMatchObject({ age: 180, nextRefresh: 60 })
  })

  it('do not adopt keys that are no longer fresh', async () => {
    const { keysOf, clock, jwksRequests } = tenants()
    await keysOf(1).ready()
    clock.advance(5 * minute)
    await keysOf(2).ready()
    expect(jwksRequests()).toBe(2)
  })

  it('find a new key through the search of one of them', async () => {
    const { keysOf, remote, jwksRequests } = tenants()
    const [one, other] = [keysOf(1), keysOf(2)]
    await Promise.all([one.ready(), other.ready()])
    publish(remote, { keys: [foreign.jwk, next.jwk] })
    expect(await found(one, nextHint)).toMatchObject({ count: 1 })
    expect(await found(other, nextHint)).toMatchObject({ count: 1 })
    expect(jwksRequests()).toBe(2)
  })

  it('search themselves if the search of another did not find the key', async () => {
    const { keysOf, remote, jwksRequests } = tenants()
    const [one, other] = [keysOf(1), keysOf(2)]
    await Promise.all([one.ready(), other.ready()])
    expect(await found(one, nextHint)).toMatchObject({ count: 0 })
    publish(remote, { keys: [foreign.jwk, next.jwk] })
    expect(await found(other, nextHint)).toMatchObject({ count: 1 })
    expect(jwksRequests()).toBe(3)
  })

  it.each<[string, { force?: boolean }]>([
    ['a refresh', {}],
    ['a forced refresh', { force: true }],
  ])('fetch for %s, and the others adopt the result when their refresh is due', async (_, how) => {
    const { keysOf, remote, clock, jwksRequests } = tenants()
    const [one, other] = [keysOf(1), keysOf(2)]
    await Promise.all([one.ready(), other.ready()])
    clock.advance(2 * minute)
    publish(remote, next.jwks)
    await one.refresh({ force: false, ...how })
    clock.advance(2 * minute)
    const landed = landing(other.events)
    await found(other)
    expect(await landed).toBe('refreshed')
    expect(await found(other, nextHint)).toEqual({ count: 1, waited: false })
    expect(jwksRequests()).toBe(2)
  })

  it('share the validators for conditional requests', async () => {
    const { keysOf, remote, clock } = tenants()
    const headers = { 'cache-control': 'max-age=300', etag: '"a"' }
    remote.answers.set(jwksUrl, (init) => {
      const isKnown = new Headers(init.headers).get('if-none-match') === '"a"'
      return isKnown ? new Response(null, { status: 304, headers }) : Response.json(foreign.jwks, { headers })
    })
    const [one, other] = [keysOf(1), keysOf(2)]
    await Promise.all([one.ready(), other.ready()])
    const [key] = await one.verificationKeys(hint)
    clock.advance(4 * minute)
    const landed = landing(other.events)
    await found(other)
    expect(await landed).toBe('refreshed')
    expect(other.health()).toMatchObject({ state: 'fresh', age: 0 })
    expect(await other.verificationKeys(hint)).toEqual([key])
  })

  it('fail together while the JWKS is unavailable', async () => {
    const { keysOf, remote, jwksRequests } = tenants()
    remote.answers.set(jwksUrl, 404)
    const all = [keysOf(1), keysOf(2)].map((keys) => keys.ready())
    for (const one of all) await expect(one).rejects.toThrow('status 404')
    expect(jwksRequests()).toBe(1)
  })

  it.each<[string, (fetch: Fetch) => TenantOptions]>([
    ['another fetch', (fetch) => ({ fetch: async (url, init) => fetch(url, init) })],
    ['other headers', () => ({ headers: { authorization: 'Bearer another' } })],
    ['another user agent', () => ({ userAgent: 'another/1' })],
    ['another maximum number of keys', () => ({ maxKeys: 7 })],
    ['other accepted key uses', () => ({ acceptKeyUses: ['jwt-svid'] })],
    ['another maximum size', () => ({ maxBodyBytes: 7000 })],
    ['another lifetime', () => ({ cacheTtl: '7m' })],
    ['another maximum lifetime', () => ({ maxCacheTtl: '7m' })],
    ['another clock', () => ({ clock: new ManualClock() })],
  ])('do not share if one has %s', async (_, optionsFor) => {
    const { keysOf, remote, jwksRequests } = tenants()
    await keysOf(1).ready()
    await keysOf(2, optionsFor(remote.fetch)).ready()
    expect(jwksRequests()).toBe(2)
  })

  it.each<[string, Record<string, string>, number]>([
    ['equal', { 'x-a': '1', 'x-b': '2' }, 1],
    ['equal in another order', { 'x-b': '2', 'x-a': '1' }, 1],
    ['different', { 'x-a': '1', 'x-b': '3' }, 2],
  ])('share only if their headers are equal: %s', async (_, headers, requests) => {
    const { keysOf, jwksRequests } = tenants()
    await keysOf(1, { headers: { 'x-a': '1', 'x-b': '2' } }).ready()
    await keysOf(2, { headers }).ready()
    expect(jwksRequests()).toBe(requests)
  })
})

describe('a fetch that is shared', () => {
  it('continues for the others when one issuer is closed', async () => {
    const { keysOf, remote } = tenants()
    let answer: (response: Response) => void = () => undefined
    remote.answers.set(jwksUrl, () => new Promise((resolve) => (answer = resolve)))
    const [one, other] = [keysOf(1), keysOf(2)]
    const [gone, stays] = [one.ready(), found(other)]
    await settled()
    one.close()
    await expect(gone).rejects.toThrow('closed')
    answer(Response.json(foreign.jwks))
    expect(await stays).toMatchObject({ count: 1 })
  })

  it('ends when no caller waits for it, and the next caller starts another', async () => {
    const { keysOf, remote, jwksRequests } = tenants()
    remote.answers.set(jwksUrl, () => new Promise(() => undefined))
    const all = [keysOf(1), keysOf(2)]
    const waiting = all.map((keys) => keys.ready())
    await settled()
    for (const keys of all) keys.close()
    for (const one of waiting) await expect(one).rejects.toThrow('closed')
    expect(remote.requests.at(-1)?.init.signal?.aborted).toBe(true)
    publish(remote, foreign.jwks)
    expect(await found(keysOf(3))).toMatchObject({ count: 1 })
    expect(jwksRequests()).toBe(2)
  })

  it('is awaited by each issuer until its own deadline', async () => {
    const { keysOf, remote } = tenants()
    let answer: (response: Response) => void = () => undefined
    remote.answers.set(jwksUrl, () => new Promise((resolve) => (answer = resolve)))
    const patient = found(keysOf(1, { requestTimeout: '1m' }))
    await settled()
    await expect(keysOf(2, { requestTimeout: '50ms' }).ready()).rejects.toThrow(/in time/)
    answer(Response.json(foreign.jwks))
    expect(await patient).toMatchObject({ count: 1 })
  })
})

it('keeps no more documents than the given maximum', async () => {
  const { keysOf, remote, jwksRequests } = tenants({ max: 1 })
  const elsewhere = 'https://keys.example.com/other'
  remote.answers.set(elsewhere, new ForeignIssuer('x').jwks)
  await keysOf(1).ready()
  await keysOf(2, { jwksUrl: elsewhere }).ready()
  await keysOf(3).ready()
  expect(jwksRequests()).toBe(2)
})

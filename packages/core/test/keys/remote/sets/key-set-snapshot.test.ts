import { ConfigurationError } from '../../../../src/errors.ts'
import type { KeySetSnapshot } from '../../../../src/keys/remote/sets/key-set-snapshot.ts'
import { issuer, jwksUrl } from '../../../support/foreign-issuer.ts'
import { refuseConnection } from '../../../support/fake-fetch.ts'
import {
  foreign,
  found,
  hint,
  hour,
  junk,
  landing,
  minute,
  next,
  nextHint,
  refreshedBehind,
  type Setting,
  setting,
  warm,
} from '../remote-setting.ts'

/** As it would come out of a file. */
async function taken(): Promise<KeySetSnapshot> {
  const { keys } = await warm()
  return JSON.parse(JSON.stringify(keys.snapshot())) as KeySetSnapshot
}

/** A process that starts with it, so many milliseconds later, while the source is down unless it is said to be up. */
async function startedWith(change: Partial<KeySetSnapshot> = {}, later = 0, options: object = {}): Promise<Setting> {
  const one = setting({ snapshot: { ...(await taken()), ...change }, ...options })
  one.clock.advance(later)
  one.remote.answers.set(jwksUrl, refuseConnection)
  return one
}

describe('taking a snapshot', () => {
  it('gives plain JSON: public keys, of what, since when', async () => {
    const { keys, clock } = await warm()
    clock.advance(1000)
    const snapshot = keys.snapshot()
    expect(snapshot).toEqual({
      version: 1,
      source: jwksUrl,
      fetchedAt: clock.now() - 1000,
      freshFor: 5 * minute,
      keys: [foreign.jwk],
    })
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot)
  })

  it('names the issuer where that is the source', async () => {
    const { keys } = await warm({ issuer })
    expect(keys.snapshot()?.source).toBe(issuer)
  })

  it('gives nothing while there is nothing', async () => {
    expect(setting().keys.snapshot()).toBeUndefined()
    const { keys, clock } = await warm()
    clock.advance(65 * minute)
    expect(keys.snapshot()).toBeUndefined()
  })

  it('never gives a private member that the source gave away', async () => {
    const { keys, remote } = setting()
    remote.answers.set(jwksUrl, { keys: [{ ...foreign.jwk, ...foreign.pair.privateJwk }] })
    await keys.ready()
    expect(JSON.stringify(keys.snapshot())).not.toContain(foreign.pair.privateJwk.d)
  })

  it('leaves local keys out', async () => {
    const { keys } = await warm()
    await keys.createKey({ alg: 'ES256', kid: 'mine' })
    expect(keys.snapshot()?.keys).toEqual([foreign.jwk])
  })
})

describe('starting with a snapshot', () => {
  it('asks nothing of the network while the snapshot is fresh', async () => {
    const { keys, remote } = await startedWith({}, minute)
    await keys.ready()
    expect(await found(keys)).toEqual({ count: 1, waited: false })
    expect(remote.requests).toEqual([])
    expect(keys.health()).toMatchObject({ state: 'fresh', age: 60, kids: ['orders.1'] })
  })

  it('asks in the background once it is not', async () => {
    const { keys, remote } = await startedWith({}, 10 * minute)
    expect(await found(keys)).toMatchObject({ count: 1 })
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    expect(await refreshedBehind(keys)).toBe('refreshed')
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })

  it('lasts through an outage no longer than a fetch of its time would have', async () => {
    const { keys, clock } = await startedWith({}, 64 * minute)
    expect(await found(keys)).toMatchObject({ count: 1 })
    clock.advance(minute)
    await expect(found(keys)).rejects.toMatchObject({ code: 'key_source_unavailable' })
  })

  it('is a cold start where the snapshot is too old', async () => {
    const { keys, remote } = await startedWith({}, 65 * minute)
    await expect(found(keys)).rejects.toMatchObject({ code: 'key_source_unavailable' })
    remote.answers.set(jwksUrl, foreign.jwks)
    await keys.ready()
    expect(await found(keys)).toMatchObject({ count: 1 })
  })

  it('is not made fresher by what the snapshot says of itself', async () => {
    const { keys, clock } = await startedWith({ freshFor: 1000 * hour })
    await keys.ready()
    clock.advance(2 * hour)
    await expect(found(keys)).rejects.toMatchObject({ code: 'key_source_unavailable' })
  })

  it('is not made younger by one that comes from the future', async () => {
    const snapshot = await taken()
    const { keys, remote } = setting({ snapshot: { ...snapshot, fetchedAt: snapshot.fetchedAt + 24 * hour } })
    await keys.ready()
    expect(remote.urls).toEqual([jwksUrl])
  })

  it.each<[string, Partial<KeySetSnapshot>]>([
    ['no keys', { keys: [] }],
    ['no usable key', { keys: [{ kty: 'oct', k: 'AAAA' }, null as never] }],
  ])('is a cold start where it holds %s', async (_, change) => {
    const { keys, remote } = await startedWith(change)
    remote.answers.set(jwksUrl, foreign.jwks)
    await keys.ready()
    expect(remote.urls).toEqual([jwksUrl])
  })

  it('finds a key that was published since, at first sight', async () => {
    const { keys, remote } = await startedWith({}, minute)
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: true })
  })

  it('leaves junk unknown, and costs the one fetch', async () => {
    const { keys, remote } = await startedWith()
    remote.answers.set(jwksUrl, foreign.jwks)
    expect(await found(keys, junk())).toMatchObject({ count: 0 })
    expect(remote.requests.length).toBeLessThanOrEqual(1)
  })

  it.each([false, true])('fetches all the same where a refresh is asked for: force %p', async (force) => {
    const { keys, remote } = await startedWith()
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    const landed = landing(keys)
    await keys.refresh({ force })
    expect(remote.urls).toEqual([jwksUrl])
    expect(await landed).toBe('refreshed')
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })

  it('is for thirty callers at once as for one', async () => {
    const { keys, remote } = await startedWith()
    const all = await Promise.all(Array.from({ length: 30 }, () => found(keys, hint)))
    expect(all.every(({ count }) => count === 1)).toBe(true)
    expect(remote.requests).toEqual([])
  })
})

describe('a snapshot is refused at construction', () => {
  it.each<[string, unknown]>([
    ['of another source', { source: 'https://other.example.com/jwks' }],
    ['of another version', { version: 2 }],
    ['without its time', { fetchedAt: undefined }],
    ['whose time is none', { fetchedAt: '2026-07-01' }],
    ['without its lifetime', { freshFor: undefined }],
    ['whose lifetime is endless', { freshFor: Infinity }],
    ['without keys', { keys: undefined }],
    ['whose keys are no list', { keys: {} }],
  ])('%s', async (_, change) => {
    const snapshot = { ...(await taken()), ...(change as object) } as KeySetSnapshot
    expect(() => setting({ snapshot })).toThrow(ConfigurationError)
    expect(() => setting({ snapshot })).toThrow(expect.objectContaining({ option: 'snapshot' }))
  })

  it.each<[string, unknown]>([
    ['text', '{}'],
    ['a number', 5],
    ['a list', []],
    ['null', null],
    ['false', false],
    ['empty text', ''],
  ])('if it is none: %s', (_, snapshot) => {
    expect(() => setting({ snapshot: snapshot as never })).toThrow(ConfigurationError)
  })
})

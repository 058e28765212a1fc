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

/** The snapshot as read from a file. */
async function taken(): Promise<KeySetSnapshot> {
  const { keys } = await warm()
  return JSON.parse(JSON.stringify(keys.snapshot())) as KeySetSnapshot
}

/**
 * A process that starts with the snapshot this many milliseconds later. The source is down unless the options say
 * otherwise.
 */
async function startedWith(change: Partial<KeySetSnapshot> = {}, later = 0, options: object = {}): Promise<Setting> {
  const one = setting({ snapshot: { ...(await taken()), ...change }, ...options })
  one.clock.advance(later)
  one.remote.answers.set(jwksUrl, refuseConnection)
  return one
}

describe('taking a snapshot', () => {
  it('returns plain JSON: the public keys, their source and their time', async () => {
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

  it('names the issuer if that is the source', async () => {
    const { keys } = await warm({ issuer })
    expect(keys.snapshot()?.source).toBe(issuer)
  })

  it('returns undefined while there are no keys', async () => {
    expect(setting().keys.snapshot()).toBeUndefined()
    const { keys, clock } = await warm()
    clock.advance(65 * minute)
    expect(keys.snapshot()).toBeUndefined()
  })

  it('omits private members that the source published', async () => {
    const { keys, remote } = setting()
    remote.answers.set(jwksUrl, { keys: [{ ...foreign.jwk, ...foreign.pair.privateJwk }] })
    await keys.ready()
    expect(JSON.stringify(keys.snapshot())).not.toContain(foreign.pair.privateJwk.d)
  })

  it('omits local keys', async () => {
    const { keys } = await warm()
    await keys.createKey({ alg: 'ES256', kid: 'mine' })
    expect(keys.snapshot()?.keys).toEqual([foreign.jwk])
  })
})

describe('starting with a snapshot', () => {
  it('sends no request while the snapshot is fresh', async () => {
    const { keys, remote } = await startedWith({}, minute)
    await keys.ready()
    expect(await found(keys)).toEqual({ count: 1, waited: false })
    expect(remote.requests).toEqual([])
    expect(keys.health()).toMatchObject({ state: 'fresh', age: 60, kids: ['orders.1'] })
  })

  it('refreshes in the background once it is not', async () => {
    const { keys, remote } = await startedWith({}, 10 * minute)
    expect(await found(keys)).toMatchObject({ count: 1 })
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    expect(await refreshedBehind(keys)).toBe('refreshed')
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })

  it('survives an outage no longer than a fetch at its time would have', async () => {
    const { keys, clock } = await startedWith({}, 64 * minute)
    expect(await found(keys)).toMatchObject({ count: 1 })
    clock.advance(minute)
    await expect(found(keys)).rejects.toMatchObject({ code: 'key_source_unavailable' })
  })

  it('is a cold start if the snapshot is too old', async () => {
    const { keys, remote } = await startedWith({}, 65 * minute)
    await expect(found(keys)).rejects.toMatchObject({ code: 'key_source_unavailable' })
    remote.answers.set(jwksUrl, foreign.jwks)
    await keys.ready()
    expect(await found(keys)).toMatchObject({ count: 1 })
  })

  it('limits the lifetime that the snapshot declares', async () => {
    const { keys, clock } = await startedWith({ freshFor: 1000 * hour })
    await keys.ready()
    clock.advance(2 * hour)
    await expect(found(keys)).rejects.toMatchObject({ code: 'key_source_unavailable' })
  })

  it('ignores a snapshot from the future', async () => {
    const snapshot = await taken()
    const { keys, remote } = setting({ snapshot: { ...snapshot, fetchedAt: snapshot.fetchedAt + 24 * hour } })
    await keys.ready()
    expect(remote.urls).toEqual([jwksUrl])
  })

  it.each<[string, Partial<KeySetSnapshot>]>([
    ['no keys', { keys: [] }],
    ['no usable key', { keys: [{ kty: 'oct', k: 'AAAA' }, null as never] }],
  ])('is a cold start if the snapshot has %s', async (_, change) => {
    const { keys, remote } = await startedWith(change)
    remote.answers.set(jwksUrl, foreign.jwks)
    await keys.ready()
    expect(remote.urls).toEqual([jwksUrl])
  })

  it('finds a key published after the snapshot with its first token', async () => {
    const { keys, remote } = await startedWith({}, minute)
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: true })
  })

  it('refuses a junk kid after one fetch', async () => {
    const { keys, remote } = await startedWith()
    remote.answers.set(jwksUrl, foreign.jwks)
    expect(await found(keys, junk())).toMatchObject({ count: 0 })
    expect(remote.requests.length).toBeLessThanOrEqual(1)
  })

  it.each([false, true])('still fetches when refresh() is called: force %p', async (force) => {
    const { keys, remote } = await startedWith()
    remote.answers.set(jwksUrl, { keys: [foreign.jwk, next.jwk] })
    const landed = landing(keys)
    await keys.refresh({ force })
    expect(remote.urls).toEqual([jwksUrl])
    expect(await landed).toBe('refreshed')
    expect(await found(keys, nextHint)).toEqual({ count: 1, waited: false })
  })

  it('works the same for thirty concurrent callers as for one', async () => {
    const { keys, remote } = await startedWith()
    const all = await Promise.all(Array.from({ length: 30 }, () => found(keys, hint)))
    expect(all.every(({ count }) => count === 1)).toBe(true)
    expect(remote.requests).toEqual([])
  })
})

describe('the constructor refuses a snapshot', () => {
  it.each<[string, unknown]>([
    ['of another source', { source: 'https://other.example.com/jwks' }],
    ['of another version', { version: 2 }],
    ['without a time', { fetchedAt: undefined }],
    ['whose time is a string', { fetchedAt: '2026-07-01' }],
    ['without a lifetime', { freshFor: undefined }],
    ['whose lifetime is infinite', { freshFor: Infinity }],
    ['without keys', { keys: undefined }],
    ['whose keys are not an array', { keys: {} }],
  ])('%s', async (_, change) => {
    const snapshot = { ...(await taken()), ...(change as object) } as KeySetSnapshot
    expect(() => setting({ snapshot })).toThrow(ConfigurationError)
    expect(() => setting({ snapshot })).toThrow(expect.objectContaining({ option: 'snapshot' }))
  })

  it.each<[string, unknown]>([
    ['a string', '{}'],
    ['a number', 5],
    ['an array', []],
    ['null', null],
    ['false', false],
    ['an empty string', ''],
  ])('that is not one: %s', (_, snapshot) => {
    expect(() => setting({ snapshot: snapshot as never })).toThrow(ConfigurationError)
  })
})

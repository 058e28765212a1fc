import { decodeProtectedHeader } from 'jose'
import { KeyRotation } from '../../../src/keys/local/key-rotation.ts'
import { ConfigurationError, InvalidKeyError, KeyNotFoundError } from '../../../src/errors.ts'
import { RemoteJwksKeyProvider } from '../../../src/keys/remote/remote-jwks-key-provider.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'
import { closeInstances, Fleet, names } from './setting.ts'

afterAll(closeInstances)

const hour = 60 * 60_000
const day = 24 * hour

describe('instances that share a store', () => {
  it('make one key when all of them ensure it at once', async () => {
    const instances = await new Fleet().openMany(8)
    const refs = await Promise.all(instances.map(({ keys }) => keys.ensureKey({ alg: 'ES256', kid: 'orders' })))
    expect(new Set(refs.map(({ fingerprint }) => fingerprint)).size).toBe(1)
    expect(refs.every(({ version }) => version === 1)).toBe(true)
  })

  it('accept each other’s tokens at once, and ask the store once for a key that they do not know', async () => {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair()
    await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
    const token = await a.tokens.issue({ sub: 'user-1' })
    fleet.store.reads = 0
    await Promise.all(Array.from({ length: 20 }, () => b.verifier.verify(token)))
    expect(fleet.store.reads).toBe(1)
    await b.verifier.verify(token)
    expect(fleet.store.reads).toBe(1)
  })

  it('spend no more than a budget on kids that nobody has', async () => {
    const fleet = new Fleet()
    const { keys } = await fleet.open()
    fleet.store.reads = 0
    for (let time = 0; time < 100; time += 1)
      expect(await keys.verificationKeys({ alg: 'ES256', kid: `junk.${time}` })).toEqual([])
    expect(fleet.store.reads).toBe(2)
    fleet.clock.advance(10_000)
    await keys.verificationKeys({ alg: 'ES256', kid: 'junk' })
    expect(fleet.store.reads).toBe(3)
  })

  it('find any number of keys that they do not know, one after the other and at once', async () => {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair()
    const kids = Array.from({ length: 10 }, (_, index) => `tenant-${index}`)
    const tokenOf = async (kid: string): Promise<string> => {
      await a.keys.ensureKey({ alg: 'ES256', kid })
      return a.tokens.issue({ sub: 'user-1' }, { kid })
    }
    for (const kid of kids) await expect(b.verifier.verify(await tokenOf(kid))).resolves.toBeDefined()
    const tokens = await Promise.all(kids.map((kid) => tokenOf(`other-${kid}`)))
    fleet.store.reads = 0
    for (const verified of tokens.map((token) => b.verifier.verify(token)))
      await expect(verified).resolves.toBeDefined()
    expect(fleet.store.reads).toBe(2)
  })

  it('need no look at the store to know that a version was destroyed', async () => {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair()
    await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
    for (let time = 0; time < 4; time += 1) await a.keys.rotateKey('orders')
    await a.keys.destroyKey('orders')
    await b.keys.refresh()
    fleet.store.reads = 0
    for (let version = 1; version <= 5; version += 1)
      expect(await b.keys.verificationKeys({ alg: 'ES256', kid: `orders.${version}` })).toEqual([])
    expect(fleet.store.reads).toBe(0)
    await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await expect(b.verifier.verify(await a.tokens.issue({ sub: 'user-1' }))).resolves.toBeDefined()
  })

  it('neither read nor write to sign and to verify', async () => {
    const fleet = new Fleet()
    const { keys, tokens, verifier } = await fleet.open()
    await keys.ensureKey({ alg: 'ES256', kid: 'orders' })
    const [reads, writes] = [fleet.store.reads, fleet.store.writes]
    const token = await tokens.issue({ sub: 'user-1' })
    await verifier.verify(token)
    await keys.jwks()
    expect(keys.verificationKeys({ alg: 'ES256', kid: 'orders.1' })).toHaveLength(1)
    expect([fleet.store.reads, fleet.store.writes]).toEqual([reads, writes])
  })

  it('find their keys again after all of them have ended', async () => {
    const fleet = new Fleet()
    const before = await fleet.open()
    await before.keys.createKey({ alg: 'ES256', kid: 'orders', label: 'Orders', tags: { team: 'a' } })
    await before.keys.createKey({ alg: 'HS256', kid: 'internal', exportPolicy: 'secret-when-allowed' })
    const [ref, token] = [
      await before.keys.getKey('orders'),
      await before.tokens.issue({ sub: 'user-1' }, { kid: 'orders' }),
    ]
    await before.keys.close()
    const after = await fleet.open()
    expect((await after.keys.getKey('orders')).toJSON()).toEqual(ref.toJSON())
    await expect(after.verifier.verify(token)).resolves.toBeDefined()
    expect((await after.keys.getKey('internal', 1, { includeSecret: true })).material()).toEqual(
      (await before.keys.getKey('internal', 1, { includeSecret: true })).material(),
    )
  })

  it('make a version each when each rotates by hand', async () => {
    const instances = await new Fleet().openMany(4)
    await instances[0]?.keys.createKey({ alg: 'ES256', kid: 'orders' })
    const refs = await Promise.all(instances.map(({ keys }) => keys.rotateKey('orders')))
    expect(refs.map(({ version }) => version).toSorted((x, y) => x - y)).toEqual([2, 3, 4, 5])
  })

  it('make one version when a rotation is due in all of them', async () => {
    const fleet = new Fleet()
    const instances = await fleet.openMany(8)
    await instances[0]?.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await Promise.all(instances.map(({ keys }) => keys.refresh()))
    const rotations = instances.map(
      ({ keys }) => new KeyRotation({ keys, kid: 'orders', every: '10d', clock: fleet.clock }),
    )
    await Promise.all(rotations.map((rotation) => rotation.start()))
    for (let time = 1; time <= 5; time += 1) {
      fleet.clock.advance(10 * day)
      await Promise.all(rotations.map((rotation) => rotation.advance()))
      for (const { keys } of instances) {
        await keys.refresh()
        expect((await keys.listVersions('orders')).at(-1)).toBe(time + 1)
      }
    }
    for (const rotation of rotations) rotation.stop()
  })

  it('agree on the states of all versions, whoever destroys what', async () => {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair()
    await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await a.keys.rotateKey('orders', { activateAfter: '1h', retainFor: '1d' })
    await b.keys.destroyKey('orders', 1)
    await a.keys.refresh()
    const c = await fleet.open()
    for (const instance of [a, b, c]) {
      expect(await instance.keys.listVersions('orders')).toEqual([2])
      expect((await instance.keys.getKey('orders')).state).toBe('active')
      expect((await instance.keys.signingKey('orders')).kid).toBe('orders.2')
    }
  })

  it('refuse a destroyed key as soon as they read, and say so', async () => {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair()
    await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await b.keys.refresh()
    const token = await a.tokens.issue({ sub: 'user-1' })
    await b.verifier.verify(token)
    await a.keys.destroyKey('orders')
    await b.keys.refresh()
    await expect(b.verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
    expect(names(b).filter((name) => name.startsWith('key'))).toEqual(['keyAdded', 'keyRemoved'])
  })

  it('refuse a destroyed version whose end has passed only by the clock that is ahead', async () => {
    const fleet = new Fleet()
    const ahead = await fleet.open({ clock: { now: () => fleet.clock.now() + 5000 } })
    const other = await fleet.open()
    await other.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await other.keys.rotateKey('orders', { activateAfter: '1h', retainFor: '1h' })
    fleet.clock.advance(hour - 1000)
    const token = await other.tokens.issue({ sub: 'user-1' }, { expiresIn: '1h' })
    fleet.clock.advance(hour - 2000)
    await other.verifier.verify(token)
    await ahead.keys.refresh()
    expect(await ahead.keys.listVersions('orders')).toEqual([2])
    await ahead.keys.destroyKey('orders', 1)
    await other.keys.refresh()
    await expect(other.verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
  })

  it('let no version number be given twice, however they race and forget', async () => {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair()
    await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await a.keys.rotateKey('orders')
    await a.keys.destroyKey('orders')
    expect(await b.keys.createKey({ alg: 'ES256', kid: 'orders' })).toMatchObject({ version: 3 })
    await expect(a.keys.createKey({ alg: 'ES256', kid: 'orders' })).rejects.toThrow(InvalidKeyError)
  })

  it('keep names apart that could be confused, whichever instance takes them', async () => {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair()
    const both = await Promise.allSettled([
      a.keys.createKey({ alg: 'ES256', kid: 'api' }),
      b.keys.createKey({ alg: 'ES256', kid: 'api.1' }),
    ])
    expect(both.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1)
    for (const instance of [a, b, await fleet.open()]) {
      await instance.keys.refresh()
      expect((await instance.keys.jwks()).keys).toHaveLength(1)
    }
  })

  it('take any name for a key', async () => {
    const fleet = new Fleet()
    const { keys, tokens } = await fleet.open()
    const kids = ['a b', 'ü%', '../../etc', 'x'.repeat(2000), 'line\nbreak', '💥', '__proto__', 'a:b/c.d', 'A', 'a']
    for (const kid of kids) await keys.createKey({ alg: 'ES256', kid })
    const other = await fleet.open()
    for (const kid of kids) {
      expect(await other.keys.listVersions(kid)).toEqual([1])
      const token = await tokens.issue({ sub: 'user-1' }, { kid })
      await expect(other.verifier.verify(token)).resolves.toBeDefined()
    }
    for (const id of (await fleet.store.values()).keys()) expect(id).toMatch(/^[\x21-\x7e]{1,1024}$/)
  })

  it('keep the retention that one of them has set', async () => {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair({ pollInterval: '5s', staleIfError: '0s', clockSkew: '0s' })
    await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await a.keys.retain('orders', '1h')
    const writes = fleet.store.writes
    await a.keys.retain('orders', '1h')
    expect(fleet.store.writes).toBe(writes)
    await b.keys.rotateKey('orders')
    fleet.clock.advance(60 * 60_000 + 5000)
    for (const { keys } of [a, b]) await keys.refresh()
    for (const instance of [a, b]) expect(await instance.keys.listVersions('orders')).toEqual([2])
  })

  describe('when one of them rotates at once', () => {
    const limits = { pollInterval: '5s', staleIfError: '30m', clockSkew: '5s' } as const
    const unaware = 30 * 60_000 + 10_000

    it('accept the tokens that others sign with the version before, as long as these may not know', async () => {
      const fleet = new Fleet()
      const [a, b] = await fleet.pair(limits)
      await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
      await a.keys.retain('orders', '11m')
      await b.keys.refresh()
      await a.keys.rotateKey('orders')
      fleet.store.fault = new Error('down')
      fleet.clock.advance(30 * 60_000)
      const token = await b.tokens.issue({ sub: 'user-1' })
      expect(decodeProtectedHeader(token).kid).toBe('orders.1')
      fleet.store.fault = undefined
      fleet.clock.advance(9 * 60_000)
      await a.keys.refresh()
      await expect(a.verifier.verify(token)).resolves.toBeDefined()
    })

    it('keep what retires later as long as before', async () => {
      const fleet = new Fleet()
      const { keys } = await fleet.open(limits)
      await keys.createKey({ alg: 'ES256', kid: 'orders' })
      await keys.retain('orders', '11m')
      await keys.rotateKey('orders')
      fleet.clock.advance(11 * 60_000 + unaware)
      await keys.refresh()
      await keys.rotateKey('orders', { activateAfter: '1h' })
      expect(await keys.listVersions('orders')).toEqual([2, 3])
      fleet.clock.advance(hour + 11 * 60_000)
      await keys.refresh()
      expect(await keys.listVersions('orders')).toEqual([3])
    })
  })

  it('take the secrets of versions whose time is over out of the store', async () => {
    const fleet = new Fleet()
    const { keys } = await fleet.open()
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    await keys.rotateKey('orders', { retainFor: '1h' })
    const before = (await fleet.store.values()).get('key:orders.1')?.length ?? 0
    fleet.clock.advance(2 * 60 * 60_000)
    await settled(
      () => keys.refresh(),
      async () => ((await fleet.store.values()).get('key:orders.1')?.length ?? 0) < before,
    )
    fleet.clock.advance(2 * day)
    await settled(
      () => keys.refresh(),
      async () => (await fleet.store.values()).size === 1,
    )
    expect(await keys.rotateKey('orders')).toMatchObject({ version: 3 })
  })
})

/** What an instance does by the way, after a read. */
async function settled(read: () => Promise<void>, isDone: () => Promise<boolean>): Promise<void> {
  for (let time = 0; time < 50; time += 1) {
    await read()
    if (await isDone()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('it does not come about')
}

describe('an instance that was suspended while others rotated', () => {
  async function woken() {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair()
    await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await b.keys.refresh()
    for (let time = 0; time < 3; time += 1) {
      await a.keys.rotateKey('orders', { retainFor: '10m' })
      fleet.clock.advance(day)
    }
    await a.keys.refresh()
    return { fleet, a, b }
  }

  it('signs with the version that they sign with', async () => {
    const { a, b } = await woken()
    const token = await b.tokens.issue({ sub: 'user-1' })
    expect(decodeProtectedHeader(token).kid).toBe('orders.4')
    await expect(a.verifier.verify(token)).resolves.toBeDefined()
  })

  it('goes on with the version that it knows if the store is down', async () => {
    const { fleet, b } = await woken()
    fleet.store.fault = new Error('down')
    for (let time = 0; time < 3; time += 1)
      expect(decodeProtectedHeader(await b.tokens.issue({ sub: 'user-1' })).kid).toBe('orders.1')
    expect(names(b).filter((name) => name === 'refreshFailed')).toHaveLength(1)
  })
})

describe('an instance that was suspended for ten minutes', () => {
  const limits = { pollInterval: '5s', staleIfError: '1h', requestTimeout: '50ms' } as const

  it.each(['publishedJwks', 'jwks'] as const)('reads the store before it answers %s', async (method) => {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair(limits)
    await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await b.keys.refresh()
    await a.keys.rotateKey('orders', { activateAfter: '15m' })
    fleet.clock.advance(10 * 60_000)
    const { keys } = await b.keys[method]()
    expect(keys.map(({ kid }) => kid)).toEqual(['orders.1', 'orders.2'])
  })

  it('publishes what it has if the store is down', async () => {
    const fleet = new Fleet()
    const { keys } = await fleet.open(limits)
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    fleet.store.fault = 'hangs'
    fleet.clock.advance(10 * 60_000)
    expect((await keys.publishedJwks()).keys).toHaveLength(1)
    const { reads } = fleet.store
    expect((await keys.publishedJwks()).keys).toHaveLength(1)
    expect(fleet.store.reads).toBe(reads)
  })
})

describe('a rotation of stored keys', () => {
  it('is refused where a version would sign before all instances know of it', async () => {
    const { keys } = await new Fleet().open({ pollInterval: '5s', clockSkew: '5s' })
    const plan = { keys, kid: 'orders', jwksMaxAge: '5m', verifierCache: '1h' } as const
    expect(() => new KeyRotation({ ...plan, activateAfter: '65m' })).toThrow(ConfigurationError)
    expect(() => new KeyRotation({ ...plan, activateAfter: '65m' })).toThrow(/10 s/)
    expect(() => new KeyRotation({ ...plan, activateAfter: '3910s' })).not.toThrow()
    expect(() => new KeyRotation(plan)).not.toThrow()
  })

  it('while the store is down leaves the old version signing, and takes place afterwards', async () => {
    const fleet = new Fleet()
    const { keys, tokens } = await fleet.open()
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    const rotation = new KeyRotation({ keys, kid: 'orders', every: '10d', clock: fleet.clock })
    const failures: unknown[] = []
    rotation.on('rotationFailed', (error) => failures.push(error))
    await rotation.start()
    fleet.store.fault = new Error('down')
    fleet.clock.advance(10 * day)
    await rotation.advance()
    expect(failures).toEqual([expect.objectContaining({ code: 'key_store_unavailable' })])
    expect(decodeProtectedHeader(await tokens.issue({ sub: 'user-1' })).kid).toBe('orders.1')
    fleet.store.fault = undefined
    await rotation.advance()
    rotation.stop()
    expect(await keys.listVersions('orders')).toEqual([1, 2])
  })
})

describe('a rotation that an instance does not hear of', () => {
  it('keeps the former version for as long as that instance may sign with it', async () => {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair({ pollInterval: '5s', staleIfError: '1h' })
    await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
    await b.keys.refresh()
    const { clock } = fleet
    const caches = { jwksMaxAge: '1m', verifierCache: '5m', longestTokenLifetime: '10m' } as const
    const rotation = new KeyRotation({ keys: a.keys, kid: 'orders', every: '10d', clock, ...caches })
    await rotation.start()
    clock.advance(10 * day)
    await b.keys.refresh()
    await rotation.advance()
    clock.advance(60 * 60_000)
    fleet.store.fault = new Error('down')
    const token = await b.tokens.issue({ sub: 'user-1' })
    fleet.store.fault = undefined
    expect(decodeProtectedHeader(token).kid).toBe('orders.1')
    clock.advance(10 * 60_000 - 1)
    await a.keys.refresh()
    rotation.stop()
    await expect(a.verifier.verify(token)).resolves.toBeDefined()
  })
})

describe('a rotation of a key that was lost and made again', () => {
  it('makes one version in each period, although the numbers are low again', async () => {
    const fleet = new Fleet()
    const { keys } = await fleet.open()
    const rotation = new KeyRotation({ keys, kid: 'orders', every: '10d', clock: fleet.clock })
    await keys.ensureKey({ alg: 'ES256', kid: 'orders' })
    await rotation.start()
    for (let time = 0; time < 3; time += 1) {
      fleet.clock.advance(10 * day)
      await rotation.advance()
    }
    fleet.clock.advance(5 * day)
    fleet.store.empty()
    await keys.refresh()
    await keys.ensureKey({ alg: 'ES256', kid: 'orders' })
    const newest: (number | undefined)[] = []
    for (let time = 0; time < 20; time += 1) {
      await rotation.advance()
      newest.push((await keys.listVersions('orders')).at(-1))
      fleet.clock.advance(day)
    }
    rotation.stop()
    expect(newest).toEqual([...Array<number>(10).fill(1), ...Array<number>(10).fill(2)])
  })
})

describe('a remote provider whose own keys are stored', () => {
  it('signs with them, publishes them, and accepts the tokens of other instances', async () => {
    const fleet = new Fleet()
    const [a, b] = await fleet.pair()
    const fetch = (): Promise<Response> => Promise.resolve(Response.json({ keys: [] }))
    const keys = new RemoteJwksKeyProvider({ jwksUrl: 'https://issuer.example.com/jwks', local: b.keys, fetch })
    await a.keys.createKey({ alg: 'ES256', kid: 'orders' })
    const token = await a.tokens.issue({ sub: 'user-1' })
    await expect(new TokenVerifier({ keys, issuer, audience, clock: fleet.clock }).verify(token)).resolves.toBeDefined()
    expect((await keys.publishedJwks()).keys).toEqual([expect.objectContaining({ kid: 'orders.1' })])
    expect((await keys.signingKey('orders')).kid).toBe('orders.1')
    expect(keys.knownEverywhereAfter).toBe(b.keys.knownEverywhereAfter)
    expect(keys.longestUnaware).toBe(b.keys.longestUnaware)
    keys.close()
    await expect(b.keys.getKey('others')).rejects.toThrow(KeyNotFoundError)
  })
})

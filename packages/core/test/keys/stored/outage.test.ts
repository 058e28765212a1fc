import { JwksEndpoint } from '../../../src/http/documents/jwks-endpoint.ts'
import { refusalFor } from '../../../src/http/refusals/refusal.ts'
import { KeyStoreUnavailableError } from '../../../src/errors.ts'
import { StoredKeyProvider } from '../../../src/keys/stored/stored-key-provider.ts'
import { storeFaults } from '../../support/faulty-store.ts'
import { closeInstances, encryptionKey, Fleet, names } from './setting.ts'

afterAll(closeInstances)

const hour = 60 * 60_000
const limits = { staleIfError: '1h', pollInterval: '1h', requestTimeout: '50ms' } as const

async function scene() {
  const fleet = new Fleet()
  const instance = await fleet.open(limits)
  await instance.keys.createKey({ alg: 'ES256', kid: 'orders' })
  const token = await instance.tokens.issue({ sub: 'user-1' }, { expiresIn: '1d' })
  return { fleet, instance, token, ...instance }
}

describe.each(storeFaults)('a store that %s', (_, fault) => {
  it('lets nothing be opened, and is named', async () => {
    const fleet = new Fleet()
    fleet.store.fault = fault
    const attempt = fleet.open(limits)
    await expect(attempt).rejects.toThrow(KeyStoreUnavailableError)
    await expect(attempt).rejects.toThrow(/faulty store/)
  })

  it('lets signing and verifying go on', async () => {
    const { fleet, keys, tokens, verifier, token } = await scene()
    fleet.store.fault = fault
    await expect(keys.refresh()).rejects.toThrow(KeyStoreUnavailableError)
    fleet.clock.advance(hour)
    await expect(verifier.verify(token)).resolves.toBeDefined()
    await expect(verifier.verify(await tokens.issue({ sub: 'user-2' }))).resolves.toBeDefined()
    expect(keys.health()).toMatchObject({ state: 'stale', store: 'faulty store', kids: ['orders.1'] })
  })

  it('ends signing and verifying with 503 when the keys are too old, and recovers', async () => {
    const { fleet, keys, tokens, verifier, token } = await scene()
    await verifier.verify(token)
    fleet.store.fault = fault
    fleet.clock.advance(2 * hour)
    for (const attempt of [verifier.verify(token), tokens.issue({ sub: 'user-2' }), keys.jwks()]) {
      const error = await Promise.resolve(attempt).catch((failure: unknown) => failure)
      expect(error).toMatchObject({ code: 'key_store_unavailable' })
      expect(refusalFor(error, { realm: 'api' })).toMatchObject({ status: 503, code: 'key_store_unavailable' })
    }
    expect(await new JwksEndpoint(keys).respond({ method: 'GET', headers: {} })).toMatchObject({ status: 503 })
    expect(keys.health().state).toBe('expired')
    fleet.store.fault = undefined
    await keys.refresh()
    await expect(verifier.verify(token)).resolves.toBeDefined()
    expect(keys.health()).toMatchObject({ state: 'fresh', lastError: undefined })
  })

  it('fails each write in time, and changes nothing', async () => {
    const { fleet, keys } = await scene()
    fleet.store.fault = fault
    const started = performance.now()
    for (const attempt of [
      keys.createKey({ alg: 'ES256', kid: 'users' }),
      keys.ensureKey({ alg: 'ES256', kid: 'users' }),
      keys.rotateKey('orders'),
      keys.destroyKey('orders'),
      keys.retain('orders', '1h'),
      keys.reencrypt(),
    ])
      await expect(attempt).rejects.toThrow(KeyStoreUnavailableError)
    expect(performance.now() - started).toBeLessThan(2000)
    fleet.store.fault = undefined
    await keys.refresh()
    expect(keys.health().kids).toEqual(['orders.1'])
  })

  it('is no reason to refuse a kid that this instance does not know: 503', async () => {
    const { fleet, keys } = await scene()
    fleet.store.fault = fault
    for (let time = 0; time < 5; time += 1) {
      const found = async (): Promise<unknown> => keys.verificationKeys({ alg: 'ES256', kid: `users.${time}` })
      await expect(found()).rejects.toThrow(KeyStoreUnavailableError)
    }
  })

  it('does not hide a key that the read in progress brought, although the next read fails', async () => {
    const { fleet, keys } = await scene()
    await (await fleet.open(limits)).keys.createKey({ alg: 'ES256', kid: 'users' })
    const inProgress = keys.refresh()
    const found = keys.verificationKeys({ alg: 'ES256', kid: 'users.1' })
    fleet.store.fault = fault
    await inProgress
    expect(await found).toMatchObject([{ publishedKid: 'users.1' }])
  })

  it('is told once as down, and each failed read is', async () => {
    const { fleet, instance, keys } = await scene()
    fleet.store.fault = fault
    for (let time = 0; time < 3; time += 1) await expect(keys.refresh()).rejects.toThrow()
    const told = names(instance)
    expect(told.filter((name) => name === 'storeUnavailable')).toHaveLength(1)
    expect(told.filter((name) => name === 'refreshFailed')).toHaveLength(3)
  })
})

it('a store that hangs is waited for once, by however many changes', async () => {
  const { fleet, keys } = await scene()
  fleet.store.fault = 'hangs'
  fleet.store.reads = 0
  const poll = keys.refresh()
  const changes = Array.from({ length: 8 }, () => keys.rotateKey('orders'))
  for (const attempt of [poll, ...changes]) await expect(attempt).rejects.toThrow(KeyStoreUnavailableError)
  expect(fleet.store.reads).toBeLessThanOrEqual(2)
})

describe('a store that was emptied', () => {
  it('leaves nothing to sign with, and is told', async () => {
    const { fleet, instance, tokens, verifier, token } = await scene()
    await verifier.verify(token)
    fleet.store.empty()
    await instance.keys.refresh()
    await expect(tokens.issue({ sub: 'user-1' })).rejects.toMatchObject({ code: 'key_not_found' })
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
    expect(names(instance)).toEqual(expect.arrayContaining(['keyRemoved', 'storeReset']))
  })
})

describe('a store that was restored from an old backup', () => {
  it('has the keys of the backup, and no key that was made since', async () => {
    const { fleet, instance, keys } = await scene()
    const backup = await fleet.store.values()
    await keys.createKey({ alg: 'ES256', kid: 'users' })
    await fleet.store.restore(backup)
    await keys.refresh()
    expect(keys.health().kids).toEqual(['orders.1'])
    expect(names(instance)).toEqual(expect.arrayContaining(['keyRemoved', 'storeReset']))
    expect(await keys.rotateKey('orders')).toMatchObject({ version: 2 })
  })
})

describe('a provider that was closed', () => {
  it('keeps no process alive, asks no more, and serves what it has', async () => {
    const { fleet, keys, verifier, token } = await scene()
    await keys.close()
    const { reads } = fleet.store
    await expect(keys.refresh()).rejects.toThrow(/closed/)
    await expect(keys.rotateKey('orders')).rejects.toThrow(KeyStoreUnavailableError)
    await expect(verifier.verify(token)).resolves.toBeDefined()
    expect(fleet.store.reads).toBe(reads)
  })
})

it('polls by itself, and hears of changes where the store tells of them', async () => {
  const fleet = new Fleet()
  const polling = await fleet.open({ pollInterval: '20ms' })
  const watching = await StoredKeyProvider.open({
    store: fleet.store.watched(),
    encryptionKeys: [encryptionKey],
    pollInterval: '1h',
  })
  const both = [polling.keys, watching]
  const added = both.map((keys) => new Promise((resolve) => keys.once('keyAdded', resolve)))
  await (await fleet.open()).keys.createKey({ alg: 'ES256', kid: 'orders' })
  await Promise.all(added)
  await watching.close()
  for (const keys of both) expect(await keys.listVersions('orders')).toEqual([1])
})

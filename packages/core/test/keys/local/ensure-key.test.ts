import { redisPatience } from '../../../../../test/support/redis-server.ts'
import { InvalidKeyError, UnsupportedAlgorithmError } from '../../../src/errors.ts'
import { closeProviders, providers, startRedis } from './each-provider.ts'

beforeAll(startRedis, redisPatience)
afterAll(closeProviders)

describe.each(providers)('$name: ensuring a key', ({ open }) => {
  it('makes it if it is not there', async () => {
    const keys = await open()
    expect(await keys.ensureKey({ alg: 'ES256', kid: 'orders' })).toMatchObject({ version: 1, state: 'active' })
    expect(await keys.listVersions('orders')).toEqual([1])
  })

  it('answers the newest version if it is there, and leaves it as it is', async () => {
    const keys = await open()
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    await keys.rotateKey('orders', { activateAfter: '1h' })
    const ref = await keys.ensureKey({ alg: 'Ed25519', kid: 'orders' })
    expect(ref).toMatchObject({ version: 2, alg: 'ES256', state: 'pending' })
    expect(await keys.listVersions('orders')).toEqual([1, 2])
  })

  it('makes one key, however many ask at once', async () => {
    const keys = await open()
    const refs = await Promise.all(Array.from({ length: 8 }, () => keys.ensureKey({ alg: 'ES256', kid: 'orders' })))
    expect(new Set(refs.map(({ fingerprint }) => fingerprint)).size).toBe(1)
    expect(await keys.listVersions('orders')).toEqual([1])
  })

  it('makes it again after it was destroyed, under the next number', async () => {
    const keys = await open()
    await keys.ensureKey({ alg: 'ES256', kid: 'orders' })
    await keys.destroyKey('orders')
    expect(await keys.ensureKey({ alg: 'ES256', kid: 'orders' })).toMatchObject({ version: 2 })
  })

  it.each([
    ['without a kid', { alg: 'ES256' }, InvalidKeyError],
    ['with an unknown option', { alg: 'ES256', kid: 'k', size: 1 }, InvalidKeyError],
    ['with an unknown algorithm', { alg: 'ES1', kid: 'k' }, UnsupportedAlgorithmError],
  ])('is refused %s', async (_, spec, error) => {
    const keys = await open()
    await expect(keys.ensureKey(spec as never)).rejects.toThrow(error)
  })
})

describe.each(providers)('$name: rotating only if a version is the newest', ({ open }) => {
  it('rotates if it is', async () => {
    const keys = await open()
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    expect(await keys.rotateKey('orders', { ifNewest: 1 })).toMatchObject({ version: 2 })
  })

  it('answers the newest version if it is not', async () => {
    const keys = await open()
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    await keys.rotateKey('orders')
    expect(await keys.rotateKey('orders', { ifNewest: 1 })).toMatchObject({ version: 2 })
    expect(await keys.listVersions('orders')).toEqual([1, 2])
  })
})

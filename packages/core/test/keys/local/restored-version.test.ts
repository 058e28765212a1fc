import { redisPatience } from '../../../../../test/support/redis-server.ts'
import { InvalidKeyError } from '../../../src/errors.ts'
import { TokenIssuer } from '../../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { ImportKeySpec } from '../../../src/keys/key-specification.ts'
import type { ImportableKey } from '../../../src/keys/local/material/read-key.ts'
import { ManualClock } from '../../support/clock.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'
import { closeProviders, type Keys, providers, startRedis } from './each-provider.ts'
import { pairOf } from './material/materials.ts'

beforeAll(startRedis, redisPatience)
afterAll(closeProviders)

const hour = 3_600_000

/** What an application keeps of a version, to restore it. */
async function exported(keys: Keys, version: number): Promise<[ImportKeySpec, ImportableKey]> {
  const ref = await keys.getKey('orders', version, { includeSecret: true })
  const material = ref.material()
  if (material?.kind !== 'private') throw new Error('not exported')
  const { kid, alg, createdAt, activatesAt, retiresAt, exportPolicy } = ref
  return [{ kid, alg, version, createdAt, activatesAt, retiresAt, exportPolicy }, material.jwk]
}

describe.each(providers)('$name: a rotated key that is restored from an export', ({ open }) => {
  async function scene() {
    const clock = new ManualClock()
    const keys = await open(clock)
    await keys.createKey({ alg: 'ES256', kid: 'orders', exportPolicy: 'secret-when-allowed' })
    clock.advance(hour)
    await keys.rotateKey('orders', { activateAfter: '1h' })
    const tokens = new TokenIssuer({ keys, issuer, audience, clock, expiresIn: '10h' })
    const first = await tokens.issue({ sub: 'user-1' })
    clock.advance(2 * hour)
    const second = await tokens.issue({ sub: 'user-1' })
    return { clock, keys, issued: [first, second] }
  }

  it.each([
    ['in their order', [1, 2]],
    ['the other way round', [2, 1]],
  ])('verifies the tokens of all versions, and signs with the newest: %s', async (_, order) => {
    const { clock, keys, issued } = await scene()
    const restored = await open(clock)
    for (const version of order) await restored.importKey(...(await exported(keys, version)))
    expect(await restored.listVersions('orders')).toEqual([1, 2])
    expect((await restored.signingKey('orders')).kid).toBe('orders.2')
    const states = async (from: Keys): Promise<unknown[]> =>
      Promise.all([1, 2].map(async (version) => (await from.getKey('orders', version)).toJSON()))
    expect(await states(restored)).toEqual(await states(keys))
    const verifier = new TokenVerifier({ keys: restored, issuer, audience, clock })
    for (const token of issued) await expect(verifier.verify(token)).resolves.toBeDefined()
    expect(await restored.rotateKey('orders')).toMatchObject({ version: 3 })
  })

  it('may be a version of which the others are gone', async () => {
    const { clock, keys } = await scene()
    const restored = await open(clock)
    expect(await restored.importKey(...(await exported(keys, 2)))).toMatchObject({ publishedKid: 'orders.2' })
    expect(await restored.rotateKey('orders')).toMatchObject({ version: 3 })
  })

  it('is refused where the version is there, or was destroyed while others stay', async () => {
    const { keys } = await scene()
    const second = await exported(keys, 2)
    await keys.rotateKey('orders')
    await expect(keys.importKey(...second)).rejects.toThrow(InvalidKeyError)
    await keys.destroyKey('orders', 2)
    await expect(keys.importKey(...second)).rejects.toThrow(InvalidKeyError)
    expect(await keys.listVersions('orders')).toEqual([1, 3])
  })

  it('retires when it is told to', async () => {
    const clock = new ManualClock()
    const keys = await open(clock)
    const retiresAt = new Date(clock.now() + hour)
    await keys.importKey({ alg: 'ES256', kid: 'orders', retiresAt }, pairOf('P-256').privatePem)
    expect((await keys.getKey('orders')).state).toBe('active')
    clock.advance(hour)
    expect((await keys.getKey('orders')).state).toBe('retired')
  })

  it.each<[string, Partial<ImportKeySpec>]>([
    ['a version that is none', { version: 0 }],
    ['a version of too many digits', { version: 1e15 }],
    ['a version that contradicts its name', { version: 2, publishedKid: 'orders.3' }],
    ['a date that is none', { createdAt: new Date(Number.NaN) }],
    ['a date as text', { activatesAt: '2026-01-01' as never }],
    ['an end before the beginning', { activatesAt: 2, retiresAt: 1 }],
  ])('is refused for %s', async (_, spec) => {
    const keys = await open()
    const attempt = keys.importKey({ alg: 'ES256', kid: 'orders', ...spec }, pairOf('P-256').privatePem)
    await expect(attempt).rejects.toThrow(InvalidKeyError)
    expect(await keys.listVersions('orders')).toEqual([])
  })
})

import { CompactSign } from 'jose'
import { redisPatience } from '../../../../../test/support/redis-server.ts'
import { KeyUseError } from '../../../src/errors.ts'
import type { RotationOptions } from '../../../src/keys/key-specification.ts'
import type { KeyRef } from '../../../src/keys/key-ref.ts'
import { ManualClock } from '../../support/clock.ts'
import { contract, pairOf } from './material/materials.ts'
import { closeProviders, type Keys, localAndStored, providers, startRedis } from './each-provider.ts'

beforeAll(startRedis, redisPatience)
afterAll(closeProviders)

describe.each(providers)('$name:', ({ open }) => {
  const hour = 3_600_000

  async function scene(spec: object = {}, ...rotations: RotationOptions[]) {
    const clock = new ManualClock()
    const keys = await open(clock)
    await keys.createKey({ alg: 'ES256', kid: 'k', ...spec })
    for (const rotation of rotations) await keys.rotateKey('k', rotation)
    return { clock, keys }
  }

  function sign(ref: KeyRef): Promise<string> {
    return new CompactSign(Buffer.from('x')).setProtectedHeader({ alg: ref.alg }).sign(ref.keyFor('sign'))
  }

  describe('a reference', () => {
    it('does not sign once its version has retired, and still verifies', async () => {
      const { keys } = await scene()
      const ref = await keys.getKey('k')
      await expect(sign(ref)).resolves.toEqual(expect.any(String))
      await keys.rotateKey('k')
      await expect(async () => sign(ref)).rejects.toThrow(KeyUseError)
      expect(ref.keyFor('verify').type).toBe('public')
    })

    it('signs from the moment on at which its version becomes active', async () => {
      const { clock, keys } = await scene({}, { activateAfter: '1h' })
      const ref = await keys.getKey('k', 2)
      await expect(async () => sign(ref)).rejects.toThrow(/pending/)
      clock.advance(hour)
      await expect(sign(ref)).resolves.toEqual(expect.any(String))
    })

    it('does nothing once the clock has destroyed its version, whether or not anybody looked since', async () => {
      const { clock, keys } = await scene({ alg: 'A256GCM' }, { retainFor: '1h' })
      const ref = await keys.getKey('k', 1)
      expect(ref.keyFor('decrypt').type).toBe('secret')
      clock.advance(hour)
      expect(() => ref.keyFor('decrypt')).toThrow(KeyUseError)
      await keys.listVersions('k')
      clock.advance(-hour)
      expect(() => ref.keyFor('decrypt')).toThrow(KeyUseError)
    })

    it('does not come back to life when another key takes the name', async () => {
      const { keys } = await scene()
      const ref = await keys.getKey('k')
      await keys.destroyKey('k')
      await keys.createKey({ alg: 'ES256', kid: 'k' })
      expect(() => ref.keyFor('sign')).toThrow(KeyUseError)
    })
  })

  describe('a signing key that was asked for before the key was destroyed', () => {
    it('does not sign, and is not handed out', async () => {
      const { keys } = await scene()
      const key = await keys.signingKey()
      await expect(key.sign(Buffer.from('x'))).resolves.toHaveLength(64)
      await keys.destroyKey('k')
      await expect(key.sign(Buffer.from('x'))).rejects.toThrow(KeyUseError)
      expect(() => key.privateKey).toThrow(KeyUseError)
    })

    it('signs what was begun before its version retired', async () => {
      const { keys } = await scene()
      const key = await keys.signingKey()
      await keys.rotateKey('k')
      await expect(key.sign(Buffer.from('x'))).resolves.toHaveLength(64)
    })
  })
})

describe.each(localAndStored)('$name:', ({ open }) => {
  describe.each(contract.map((row) => [row.alg, String(row.key), row] as const))(
    'a reference to a key for %s (%s) that was taken before the key was destroyed',
    (alg, _, { key, uses }) => {
      it.each<[string, (keys: Keys) => Promise<boolean>]>([
        ['the version', (keys) => keys.destroyKey('k', 1)],
        ['the published kid', (keys) => keys.destroyKey('k.1')],
        ['the whole key', (keys) => keys.destroyKey('k')],
      ])('does nothing any more: by %s', async (__, destroy) => {
        const keys = await open()
        const spec = { alg, kid: 'k', exportPolicy: 'secret-when-allowed' } as const
        const created =
          key === 'RSA'
            ? await keys.importKey(spec, pairOf('RSA').privatePem)
            : await keys.createKey({ ...spec, curve: typeof key === 'string' ? key : undefined })
        const refs = [created, await keys.getKey('k'), await keys.getKey('k', 1, { includeSecret: true })]
        expect(refs[2]?.material()).toBeDefined()
        expect(await destroy(keys)).toBe(true)
        for (const ref of refs) {
          for (const use of uses) expect(() => ref.keyFor(use)).toThrow(KeyUseError)
          expect(() => ref.keyFor(uses[0] ?? 'sign')).toThrow(/destroyed/)
          expect(ref.material()).toBeUndefined()
        }
      })
    },
  )
})

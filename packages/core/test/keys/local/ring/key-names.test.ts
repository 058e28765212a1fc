import { redisPatience } from '../../../../../../test/support/redis-server.ts'
import { InvalidKeyError } from '../../../../src/errors.ts'
import type { ImportKeySpec } from '../../../../src/keys/key-specification.ts'
import { pairOf } from '../material/materials.ts'
import { closeProviders, type Keys, providers, startRedis } from '../each-provider.ts'

beforeAll(startRedis, redisPatience)
afterAll(closeProviders)

describe.each(providers)('$name:', ({ open }) => {
  const { privatePem } = pairOf('P-256')

  type Names = Pick<ImportKeySpec, 'kid' | 'publishedKid'>

  /** Makes or imports a key: only imports keep a name. */
  function add(keys: Keys, { kid, publishedKid }: Names): Promise<unknown> {
    if (publishedKid === undefined) return keys.createKey({ alg: 'ES256', kid })
    return keys.importKey({ alg: 'ES256', kid, publishedKid }, privatePem)
  }

  const confusable: [string, Names, Names][] = [
    ['the same kid', { kid: 'api' }, { kid: 'api' }],
    ['a kid that reads as the first version of the other', { kid: 'api' }, { kid: 'api.1' }],
    ['a kid that reads as a version that may come', { kid: 'api' }, { kid: 'api.99' }],
    ['a kid with a version that reads as a version', { kid: 'api.1' }, { kid: 'api.1.1' }],
    ['a kept name that is the kid of the other', { kid: 'api' }, { kid: 'legacy', publishedKid: 'api' }],
    ['a kept name that reads as a version of the other', { kid: 'api' }, { kid: 'legacy', publishedKid: 'api.1' }],
    ['a kept name that may come as a version of the other', { kid: 'api' }, { kid: 'legacy', publishedKid: 'api.5' }],
    ['two kept names that are equal', { kid: 'a', publishedKid: 'legacy' }, { kid: 'b', publishedKid: 'legacy' }],
    ['a version of its own kid, kept, and that as a kid', { kid: 'api', publishedKid: 'api.7' }, { kid: 'api.7' }],
  ]

  const distinct: [string, Names, Names][] = [
    ['other kids', { kid: 'api' }, { kid: 'apis' }],
    ['a suffix that is no version', { kid: 'api' }, { kid: 'api.v1' }],
    ['a suffix with a leading zero', { kid: 'api' }, { kid: 'api.01' }],
    ['version zero', { kid: 'api' }, { kid: 'api.0' }],
    ['a version of a version', { kid: 'api' }, { kid: 'api.1.1' }],
    ['two that read as versions of no key', { kid: '2023.1' }, { kid: '2023.2' }],
    ['two kept names that read as versions of no key', { publishedKid: '2023.1' }, { publishedKid: '2023.2' }],
    ['a kid that reads as a version of a kept name', { kid: 'a', publishedKid: 'legacy' }, { kid: 'legacy.1' }],
  ]

  describe('two keys whose names could be confused exclude each other', () => {
    const bothOrders = confusable.flatMap(([what, a, b]): [string, Names, Names][] => [
      [what, a, b],
      [`${what}, the other way round`, b, a],
    ])

    it.each(bothOrders)('%s', async (_, first, second) => {
      const keys = await open()
      await add(keys, first)
      const refused = add(keys, second)
      await expect(refused).rejects.toThrow(InvalidKeyError)
      await expect(refused).rejects.toThrow(/^(kid|publishedKid): .+/)
      expect((await keys.jwks()).keys).toHaveLength(1)
    })

    it.each(bothOrders)('also while the first is in the making: %s', async (_, first, second) => {
      const keys = await open()
      const both = await Promise.allSettled([add(keys, first), add(keys, second)])
      expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    })

    it.each(bothOrders)('until the first is destroyed: %s', async (_, first, second) => {
      const keys = await open()
      await add(keys, first)
      await keys.destroyKey(first.kid ?? '')
      await expect(add(keys, second)).resolves.toBeDefined()
    })

    it.each(confusable)('and a key that fails leaves its names free: %s', async (_, first, second) => {
      const keys = await open()
      const failing = keys.createKey({ alg: 'RS256', sizeBits: 512, kid: first.kid })
      await expect(failing).rejects.toThrow(InvalidKeyError)
      await expect(add(keys, second)).resolves.toBeDefined()
    })

    it('as the error says, with both names', async () => {
      const keys = await open()
      await keys.createKey({ alg: 'ES256', kid: 'api' })
      await expect(keys.createKey({ alg: 'ES256', kid: 'api.1' })).rejects.toThrow(
        'kid: `api.1` is the name of a version of the key `api`: choose another',
      )
      await keys.createKey({ alg: 'ES256', kid: 'orders.1' })
      await expect(keys.createKey({ alg: 'ES256', kid: 'orders' })).rejects.toThrow(
        'kid: a version of `orders` could get the name `orders.1`, which another key has: choose another kid',
      )
    })
  })

  describe('two keys whose names cannot be confused live side by side', () => {
    it.each(distinct)('%s', async (_, first, second) => {
      const keys = await open()
      await add(keys, first)
      await add(keys, second)
      expect((await keys.jwks()).keys).toHaveLength(2)
    })
  })

  test('destroying `api.1` destroys exactly the key that every look-up finds under that name', async () => {
    const keys = await open()
    await keys.createKey({ alg: 'ES256', kid: 'api' })
    await expect(keys.createKey({ alg: 'ES256', kid: 'api.1' })).rejects.toThrow(InvalidKeyError)
    await keys.rotateKey('api')
    const found = await keys.getKey('api.1')
    expect(await keys.destroyKey('api.1')).toBe(true)
    expect(await keys.verificationKeys({ alg: 'ES256', kid: found.publishedKid })).toEqual([])
    expect(await keys.verificationKeys({ alg: 'ES256', kid: 'api.2' })).toHaveLength(1)
  })
})

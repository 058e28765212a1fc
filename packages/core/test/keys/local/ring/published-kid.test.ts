import { decodeProtectedHeader, SignJWT } from 'jose'
import { redisPatience } from '../../../../../../test/support/redis-server.ts'
import { InvalidKeyError, KeyNotFoundError } from '../../../../src/errors.ts'
import { TokenIssuer } from '../../../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../../../src/token-verifier.ts'
import type { ImportKeySpec } from '../../../../src/keys/key-specification.ts'
import { KeyRotation } from '../../../../src/keys/local/key-rotation.ts'
import { RemoteJwksKeyProvider } from '../../../../src/keys/remote/remote-jwks-key-provider.ts'
import { ManualClock } from '../../../support/clock.ts'
import { audience, issuer } from '../../../support/foreign-issuer.ts'
import { octJwk, pairOf } from '../material/materials.ts'
import { closeProviders, type Keys, providers, startRedis } from '../each-provider.ts'

beforeAll(startRedis, redisPatience)
afterAll(closeProviders)

describe.each(providers)('$name:', ({ open }) => {
  const { privatePem, privateKey } = pairOf('P-256')

  /** A token as the former library issued it. */
  function legacyToken(kid: string): Promise<string> {
    return new SignJWT({ iss: issuer, aud: audience, sub: 'user-1' })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setExpirationTime('5m')
      .sign(privateKey)
  }

  function kidOf(token: string): string | undefined {
    return decodeProtectedHeader(token).kid
  }

  async function importing(spec: Partial<ImportKeySpec>, clock?: ManualClock): Promise<Keys> {
    const keys = await open(clock)
    await keys.importKey({ alg: 'ES256', ...spec }, privatePem)
    return keys
  }

  describe.each<[string, Partial<ImportKeySpec>, kid: string, next: string]>([
    ['a name of its own', { publishedKid: 'legacy-key' }, 'legacy-key', 'legacy-key.2'],
    ['the kid as its name', { kid: 'legacy-key', publishedKid: 'legacy-key' }, 'legacy-key', 'legacy-key.2'],
    ['a name beside its kid', { kid: 'orders', publishedKid: 'legacy-key' }, 'orders', 'orders.2'],
    ['the name of a version of its kid', { kid: 'orders', publishedKid: 'orders.7' }, 'orders', 'orders.8'],
    ['a name that reads as a version', { publishedKid: '2023.7' }, '2023.7', '2023.7.2'],
  ])('an imported key that keeps %s', (_, spec, kid, next) => {
    const kept = spec.publishedKid ?? ''

    it('is published under that name', async () => {
      const keys = await importing(spec)
      expect((await keys.jwks()).keys).toEqual([expect.objectContaining({ kid: kept, alg: 'ES256', use: 'sig' })])
      expect((await keys.getPublicJwk(kid)).kid).toBe(kept)
      expect(await keys.getKey(kid)).toMatchObject({ kid, publishedKid: kept, publicJwk: { kid: kept } })
    })

    it('verifies the tokens that carry that name', async () => {
      const verifier = new TokenVerifier({ keys: await importing(spec), issuer, audience })
      expect((await verifier.verify(await legacyToken(kept))).claims.sub).toBe('user-1')
      await expect(verifier.verify(await legacyToken('orders.1'))).rejects.toMatchObject({ code: 'key_unknown' })
    })

    it('signs tokens under that name, and its next version under kid.version', async () => {
      const keys = await importing(spec)
      const tokens = new TokenIssuer({ keys, issuer, audience, kid })
      const verifier = new TokenVerifier({ keys, issuer, audience })
      const former = await tokens.issue({ sub: 'user-1' })
      expect(kidOf(former)).toBe(kept)
      expect((await keys.rotateKey(kid)).publishedKid).toBe(next)
      const current = await tokens.issue({ sub: 'user-1' })
      expect(kidOf(current)).toBe(next)
      expect((await keys.jwks()).keys.map((jwk) => jwk.kid)).toEqual([kept, next])
      for (const token of [former, current, await legacyToken(kept)])
        await expect(verifier.verify(token)).resolves.toBeDefined()
    })

    it('is found by its kid, its versions and its name', async () => {
      const keys = await importing(spec)
      await keys.rotateKey(kid)
      const [first = 0, second = 0, ...others] = await keys.listVersions(kid)
      expect([second - first, others]).toEqual([1, []])
      expect((await keys.getKey(kid)).publishedKid).toBe(next)
      expect((await keys.getKey(kid, first)).publishedKid).toBe(kept)
      expect((await keys.getKey(kid, second)).publishedKid).toBe(next)
      if (kept !== kid) expect((await keys.getKey(kept)).version).toBe(first)
      await expect(keys.getKey(kid, 99)).rejects.toThrow(KeyNotFoundError)
    })

    it('is destroyed by its version, and its tokens are refused', async () => {
      const keys = await importing(spec)
      const { version } = await keys.getKey(kid)
      await keys.rotateKey(kid)
      expect(await keys.destroyKey(kid, version)).toBe(true)
      expect((await keys.jwks()).keys.map((jwk) => jwk.kid)).toEqual([next])
      const verifier = new TokenVerifier({ keys, issuer, audience })
      await expect(verifier.verify(await legacyToken(kept))).rejects.toMatchObject({ code: 'key_unknown' })
    })

    it('is destroyed by its kid, with all of its versions', async () => {
      const keys = await importing(spec)
      await keys.rotateKey(kid)
      expect(await keys.destroyKey(kid)).toBe(true)
      expect(await keys.jwks()).toEqual({ keys: [] })
    })

    it('is rotated by the clock', async () => {
      const clock = new ManualClock()
      const keys = await importing(spec, clock)
      const rotation = new KeyRotation({ keys, kid, clock, every: '10d' })
      await rotation.start()
      clock.advance(10 * 86_400_000)
      await rotation.advance()
      rotation.stop()
      expect((await keys.jwks()).keys.map((jwk) => jwk.kid)).toEqual([kept, next])
    })
  })

  describe('publishedKid', () => {
    it('keeps the name of a secret', async () => {
      const keys = await open()
      const ref = await keys.importKey({ alg: 'HS256', publishedKid: 'legacy-key' }, octJwk(new Uint8Array(32).fill(7)))
      expect(ref).toMatchObject({ kid: 'legacy-key', publishedKid: 'legacy-key' })
      const token = await new TokenIssuer({ keys, issuer, audience }).issue({ sub: 'user-1' })
      expect(kidOf(token)).toBe('legacy-key')
      const verifier = new TokenVerifier({ keys, issuer, audience, algorithms: ['HS256'] })
      await expect(verifier.verify(token)).resolves.toBeDefined()
    })

    it('is taken by the local keys of a remote provider', async () => {
      const keys = new RemoteJwksKeyProvider({ jwksUrl: 'https://issuer.example.com/jwks' })
      await keys.importKey({ alg: 'ES256', publishedKid: 'legacy-key' }, privatePem)
      const verifier = new TokenVerifier({ keys, issuer, audience })
      await expect(verifier.verify(await legacyToken('legacy-key'))).resolves.toBeDefined()
    })

    it('counts as left out when it is undefined', async () => {
      const keys = await importing({ kid: 'orders', publishedKid: undefined })
      expect((await keys.getKey('orders')).publishedKid).toBe('orders.1')
    })

    it.each<[string, unknown]>([
      ['empty', ''],
      ['white space', ' '],
      ['no string', 5],
      ['null', null],
    ])('is refused where it is %s', async (_, publishedKid) => {
      const keys = await open()
      const attempt = keys.importKey({ alg: 'ES256', publishedKid } as ImportKeySpec, privatePem)
      await expect(attempt).rejects.toThrow(InvalidKeyError)
      await expect(attempt).rejects.toThrow(/publishedKid/)
    })

    it('is for imports alone', async () => {
      const keys = await importing({ kid: 'orders' })
      const spec = { alg: 'ES256', publishedKid: 'legacy-key' }
      await expect(keys.createKey(spec as never)).rejects.toThrow(/publishedKid/)
      await expect(keys.rotateKey('orders', spec as never)).rejects.toThrow(/publishedKid/)
    })

    it('brings a destroyed version back under its name where the caller says so', async () => {
      const keys = await importing({ kid: 'orders', publishedKid: 'orders.7' })
      await keys.destroyKey('orders')
      expect(await keys.importKey({ alg: 'ES256', kid: 'orders', publishedKid: 'orders.3' }, privatePem)).toMatchObject(
        {
          version: 3,
          publishedKid: 'orders.3',
        },
      )
      expect(await keys.rotateKey('orders')).toMatchObject({ version: 8 })
    })
  })
})

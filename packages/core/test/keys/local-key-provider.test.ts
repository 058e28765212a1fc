import { inspect } from 'node:util'
import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify, SignJWT } from 'jose'
import { redisPatience } from '../../../../test/support/redis-server.ts'
import { asymmetricSignatureAlgorithms, signatureAlgorithms } from '../../src/algorithms.ts'
import { InvalidKeyError, KeyNotFoundError, TokenError, UnsupportedAlgorithmError } from '../../src/errors.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'
import type { KeySpec } from '../../src/keys/key-specification.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { ManualClock } from '../support/clock.ts'
import { asymmetricAlgorithms, hmacAlgorithms } from '../support/contract.ts'
import { audience, issuer } from '../support/foreign-issuer.ts'
import { addKey, closeProviders, type Keys, providers, startRedis } from './local/each-provider.ts'

beforeAll(startRedis, redisPatience)
afterAll(closeProviders)

describe.each(providers)('$name:', ({ open }) => {
  const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

  function verifierFor(keys: Keys): TokenVerifier {
    return new TokenVerifier({ issuer, audience, keys, algorithms: [...asymmetricAlgorithms, ...hmacAlgorithms] })
  }

  async function providerWith(spec: KeySpec, clock = new ManualClock()): Promise<Keys> {
    const keys = await open(clock)
    await keys.createKey(spec)
    return keys
  }

  describe.each([...asymmetricAlgorithms, ...hmacAlgorithms])('a local %s key', (alg) => {
    let keys: Keys
    const symmetric = hmacAlgorithms.includes(alg)

    beforeAll(async () => {
      keys = await open()
      await addKey(keys, { alg, kid: 'k' })
    })

    it('signs what jose verifies', async () => {
      const token = await new TokenIssuer({ keys, issuer, audience }).issue({ sub: 'user-1' })
      const options = { issuer, audience, typ: 'at+jwt', algorithms: [alg] }
      const { payload, protectedHeader } = symmetric
        ? await jwtVerify(token, (await keys.signingKey()).privateKey, options)
        : await jwtVerify(token, createLocalJWKSet(await keys.jwks()), options)
      expect(payload.sub).toBe('user-1')
      expect(protectedHeader).toMatchObject({ alg, kid: 'k.1' })
    })

    it('verifies what jose signs', async () => {
      const { privateKey, kid } = await keys.signingKey('k')
      const claims = { iss: issuer, aud: audience, exp: Math.floor(Date.now() / 1000) + 60, sub: 'user-1' }
      const token = await new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(privateKey)
      expect((await verifierFor(keys).verify(token)).claims).toEqual(claims)
    })

    it('verifies nothing of another key', async () => {
      const others = await open()
      await addKey(others, { alg, kid: 'k' })
      const token = await new TokenIssuer({ keys: others, issuer, audience }).issue({ sub: 'user-1' })
      await expect(verifierFor(keys).verify(token)).rejects.toThrow(new TokenError('signature_invalid'))
    })

    it('is described without a secret', async () => {
      const ref = await keys.getKey('k')
      expect(ref).toMatchObject({
        kid: 'k',
        version: 1,
        publishedKid: 'k.1',
        alg,
        uses: ['sign', 'verify'],
        exportPolicy: 'public-only',
        state: 'active',
        fingerprint: expect.stringMatching(/^[\w-]{43}$/),
      })
      expect(Object.isFrozen(ref)).toBe(true)
      for (const member of secretMembers) expect(ref.publicJwk ?? {}).not.toHaveProperty(member)
    })

    it('is published by its public part, or not at all', async () => {
      const { keys: published } = await keys.jwks()
      if (symmetric) {
        expect(published).toEqual([])
        expect((await keys.getKey('k')).publicJwk).toBeUndefined()
        await expect(keys.getPublicJwk('k')).rejects.toThrow(KeyNotFoundError)
      } else {
        expect(published).toEqual([expect.objectContaining({ kid: 'k.1', alg, use: 'sig' })])
        expect(await keys.getPublicJwk('k')).toEqual(published[0])
        expect((await keys.getKey('k')).publicJwk).toEqual(published[0])
        for (const member of secretMembers) expect(published[0]).not.toHaveProperty(member)
        expect((await keys.getKey('k')).fingerprint).toBe(await calculateJwkThumbprint(published[0] as never))
      }
    })

    it('keeps its secret when it is inspected or serialized', async () => {
      const signing = await keys.signingKey()
      const shown = [
        keys,
        await keys.getKey('k'),
        await keys.jwks(),
        signing,
        keys.verificationKeys({ alg, kid: 'k.1' }),
      ]
        .map((one) => inspect(one, { depth: 20, showHidden: true, getters: true }) + JSON.stringify(one))
        .join('\n')
      expect(shown).not.toMatch(/PRIVATE KEY/)
      for (const member of secretMembers) expect(shown).not.toMatch(new RegExp(`["']?\\b${member}\\b["']?: *["']`))
      expect(signing.privateKey.extractable).toBe(false)
    })
  })

  describe('creating a key', () => {
    it.each([
      ['by default', { alg: 'HS384' }, 384],
      ['as specified', { alg: 'HS256', sizeBits: 512 }, 512],
    ])('takes a size: %s', async (_, spec, bits) => {
      const keys = await providerWith({ ...spec, kid: 'k', exportPolicy: 'secret-when-allowed' })
      const material = (await keys.getKey('k', 1, { includeSecret: true })).material()
      expect(material).toMatchObject({ kind: 'symmetric', raw: { byteLength: bits / 8 } })
    })

    it.each<[string, KeySpec]>([
      ['an RSA key that is too short', { alg: 'RS256', sizeBits: 1024 }],
      ['an RSA key of nearly enough bits', { alg: 'RS256', sizeBits: 2040 }],
      ['an RSA key that would take minutes', { alg: 'RS256', sizeBits: 65_536 }],
      ['an HMAC key below its hash', { alg: 'HS256', sizeBits: 128 }],
      ['an HS512 key of the length of HS256', { alg: 'HS512', sizeBits: 256 }],
      ['a size that is no whole byte', { alg: 'HS256', sizeBits: 260 }],
      ['a fraction of a size', { alg: 'RS256', sizeBits: 2048.5 }],
      ['a size that is no number', { alg: 'RS256', sizeBits: '2048' as never }],
      ['NaN as a size', { alg: 'RS256', sizeBits: Number.NaN }],
      ['a size where the curve decides', { alg: 'ES256', sizeBits: 256 }],
      ['a curve of another algorithm', { alg: 'ES256', curve: 'P-384' }],
      ['a curve where there is none', { alg: 'RS256', curve: 'P-256' }],
      ['a use that its algorithm has not', { alg: 'ES256', uses: ['encrypt'] }],
      ['a use that nobody knows', { alg: 'ES256', uses: ['sing' as never] }],
      ['no use', { alg: 'ES256', uses: [] }],
      ['an export policy that nobody knows', { alg: 'ES256', exportPolicy: 'all' as never }],
      ['an empty kid', { alg: 'ES256', kid: '' }],
      ['a kid that is no string', { alg: 'ES256', kid: 5 as never }],
    ])('is refused: %s', async (_, spec) => {
      await expect((await open()).createKey(spec)).rejects.toThrow(InvalidKeyError)
    })

    it.each(['none', 'es256', 'ES256K', 'RSA1_5', '', 'constructor', undefined, null, 5])(
      'is refused for the algorithm %p',
      async (alg) => {
        await expect((await open()).createKey({ alg } as never)).rejects.toThrow(UnsupportedAlgorithmError)
      },
    )

    it.each(['P-256', undefined])('takes the curve of its algorithm: %s', async (curve) => {
      const keys = await providerWith({ alg: 'ES256', kid: 'k', ...(curve !== undefined && { curve }) })
      expect(await keys.getPublicJwk('k')).toMatchObject({ kty: 'EC', crv: 'P-256' })
    })

    it('gives a name where none is given', async () => {
      const keys = await open()
      const [a, b] = [await keys.createKey({ alg: 'ES256' }), await keys.createKey({ alg: 'ES256' })]
      expect(a.kid).toMatch(/^\S{16,}$/)
      expect(a.kid).not.toBe(b.kid)
    })

    it('keeps label, tags and policy', async () => {
      const spec = { alg: 'ES256', label: 'Orders', tags: { team: 'a' }, exportPolicy: 'none' } as const
      expect(await (await open()).createKey(spec)).toMatchObject({
        label: 'Orders',
        tags: { team: 'a' },
        exportPolicy: 'none',
      })
    })

    it('notes its time', async () => {
      const clock = new ManualClock()
      expect((await (await open(clock)).createKey({ alg: 'ES256' })).createdAt).toEqual(new Date(clock.now()))
    })

    it('is refused for a kid that is there, also while it is being made', async () => {
      const keys = await open()
      const twice = await Promise.allSettled([1, 2].map(() => keys.createKey({ alg: 'ES256', kid: 'orders' })))
      expect(twice.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
      await expect(keys.createKey({ alg: 'ES256', kid: 'orders' })).rejects.toThrow(InvalidKeyError)
      expect(await keys.listVersions('orders')).toEqual([1])
    })

    it('that failed leaves the kid free', async () => {
      const keys = await open()
      await expect(keys.createKey({ alg: 'RS256', sizeBits: 1024, kid: 'orders' })).rejects.toThrow(InvalidKeyError)
      await expect(keys.createKey({ alg: 'x', kid: 'orders' })).rejects.toThrow(UnsupportedAlgorithmError)
      await expect(keys.createKey({ alg: 'ES256', kid: 'orders' })).resolves.toMatchObject({ kid: 'orders' })
    })

    it('is not undone by what the caller does to its specification later', async () => {
      const keys = await open()
      const spec = { alg: 'ES256', kid: 'k', uses: ['sign', 'verify'] as KeySpec['uses'] & unknown[], tags: { a: 'b' } }
      await keys.createKey(spec)
      ;(spec.uses as string[]).length = 0
      spec.tags.a = 'c'
      expect(await keys.getKey('k')).toMatchObject({ uses: ['sign', 'verify'], tags: { a: 'b' } })
    })
  })

  describe('uses', () => {
    it('keep a key that only verifies from signing', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'k', uses: ['verify'] })
      await expect(keys.signingKey()).rejects.toThrow(KeyNotFoundError)
      expect(await keys.verificationKeys({ alg: 'ES256', kid: 'k.1' })).toHaveLength(1)
    })

    it('keep a key that only signs from verifying', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'k', uses: ['sign'] })
      expect((await keys.signingKey()).kid).toBe('k.1')
      expect(await keys.verificationKeys({ alg: 'ES256', kid: 'k.1' })).toEqual([])
    })
  })

  describe('rotating a key', () => {
    it('adds a version that signs, and leaves the older to verify', async () => {
      const clock = new ManualClock()
      const keys = await providerWith({ alg: 'ES256', kid: 'orders', label: 'Orders' }, clock)
      clock.advance(1000)
      expect(await keys.rotateKey('orders')).toMatchObject({ version: 2, publishedKid: 'orders.2', label: 'Orders' })
      expect(await keys.listVersions('orders')).toEqual([1, 2])
      expect((await keys.getKey('orders', 1)).state).toBe('retired')
      expect((await keys.getKey('orders')).publishedKid).toBe('orders.2')
      expect((await keys.signingKey('orders')).kid).toBe('orders.2')
      expect((await keys.jwks()).keys.map(({ kid }) => kid)).toEqual(['orders.1', 'orders.2'])
      expect(await keys.verificationKeys({ alg: 'ES256', kid: 'orders.1' })).toHaveLength(1)
    })

    it('makes new material', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      await keys.rotateKey('orders')
      expect((await keys.getKey('orders', 1)).fingerprint).not.toBe((await keys.getKey('orders', 2)).fingerprint)
    })

    it('may change the algorithm, and keeps the change at the next rotation', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      expect(await keys.rotateKey('orders', { alg: 'Ed25519', label: 'new' })).toMatchObject({ alg: 'Ed25519' })
      expect(await keys.rotateKey('orders')).toMatchObject({ alg: 'Ed25519', label: 'new', version: 3 })
      expect(await keys.verificationKeys({ alg: 'Ed25519', kid: 'orders.1' })).toEqual([])
    })

    it('that fails leaves the newest version signing', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      await expect(keys.rotateKey('orders', { sizeBits: 512 })).rejects.toThrow(InvalidKeyError)
      await expect(keys.rotateKey('orders', { alg: 'none' })).rejects.toThrow(UnsupportedAlgorithmError)
      expect((await keys.signingKey('orders')).kid).toBe('orders.1')
      await keys.rotateKey('orders')
      expect((await keys.listVersions('orders')).length).toBe(2)
    })

    it('of a kid that is not known is refused', async () => {
      await expect((await open()).rotateKey('orders')).rejects.toThrow(KeyNotFoundError)
    })

    it('several times at once gives each a version of its own, and lets the highest sign', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      const slowThenFast = [{ alg: 'RS256' }, { alg: 'ES256' }, { alg: 'Ed25519' }]
      const refs = await Promise.all(slowThenFast.map((overrides) => keys.rotateKey('orders', overrides)))
      expect(refs.map(({ version }) => version)).toEqual([2, 3, 4])
      expect(await keys.listVersions('orders')).toEqual([1, 2, 3, 4])
      expect((await keys.signingKey()).kid).toBe('orders.4')
      const states = await Promise.all(
        [1, 2, 3, 4].map(async (version) => (await keys.getKey('orders', version)).state),
      )
      expect(states).toEqual(['retired', 'retired', 'retired', 'active'])
    })

    it('never gives a version number again', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      await keys.rotateKey('orders')
      await keys.destroyKey('orders', 2)
      expect((await keys.rotateKey('orders')).version).toBe(3)
      await keys.destroyKey('orders')
      expect((await keys.createKey({ alg: 'ES256', kid: 'orders' })).version).toBe(4)
    })

    it('does not outlive a destruction that comes in between', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      const rotation = keys.rotateKey('orders')
      await keys.destroyKey('orders')
      await rotation.catch(() => undefined)
      const { version } = await keys.createKey({ alg: 'ES256', kid: 'orders' }).catch(() => keys.rotateKey('orders'))
      expect(version).toBeGreaterThan(2)
      expect(new Set(await keys.listVersions('orders')).size).toBe((await keys.listVersions('orders')).length)
    })
  })

  describe('destroying a key', () => {
    it('answers whether anything was there', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      expect(await keys.destroyKey('others')).toBe(false)
      expect(await keys.destroyKey('orders', 2)).toBe(false)
      expect(await keys.destroyKey('orders', 1)).toBe(true)
      expect(await keys.destroyKey('orders', 1)).toBe(false)
      expect(await keys.destroyKey('orders')).toBe(false)
    })

    it('takes all of it away at once', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      await keys.rotateKey('orders')
      const [handedOut] = keys.keysAtHand({ alg: 'ES256', kid: 'orders.1' })
      expect(handedOut && keys.trusts(handedOut)).toBe(true)
      await keys.destroyKey('orders')
      expect(handedOut && keys.trusts(handedOut)).toBe(false)
      expect(await keys.jwks()).toEqual({ keys: [] })
      expect(await keys.listVersions('orders')).toEqual([])
      expect(keys.has('orders')).toBe(false)
      expect(await keys.verificationKeys({ alg: 'ES256' })).toEqual([])
      await expect(keys.getKey('orders')).rejects.toThrow(KeyNotFoundError)
      await expect(keys.getPublicJwk('orders', 1)).rejects.toThrow(KeyNotFoundError)
      await expect(keys.signingKey()).rejects.toThrow(KeyNotFoundError)
    })

    it('of one version leaves the others', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      await keys.rotateKey('orders')
      expect(await keys.destroyKey('orders', 1)).toBe(true)
      expect(await keys.listVersions('orders')).toEqual([2])
      expect((await keys.jwks()).keys.map(({ kid }) => kid)).toEqual(['orders.2'])
    })

    it('by its published kid destroys the version that every look-up finds under it', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      await keys.rotateKey('orders')
      expect((await keys.getKey('orders.1')).version).toBe(1)
      expect(await keys.destroyKey('orders.1')).toBe(true)
      expect(await keys.listVersions('orders')).toEqual([2])
    })
  })

  describe('finding keys', () => {
    it('follows the rules for versioned kids', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      await keys.rotateKey('orders')
      expect((await keys.getKey('orders')).version).toBe(2)
      expect((await keys.getKey('orders', 1)).version).toBe(1)
      expect((await keys.getKey('orders.1')).version).toBe(1)
      expect((await keys.getPublicJwk('orders')).kid).toBe('orders.2')
      expect((await keys.getPublicJwk('orders', 1)).kid).toBe('orders.1')
      await expect(keys.getKey('orders', 3)).rejects.toThrow(KeyNotFoundError)
      await expect(keys.getKey('order')).rejects.toThrow(KeyNotFoundError)
    })

    it.each([
      ['the exact kid', { alg: 'ES256', kid: 'a.1' }, 1],
      ['no kid', { alg: 'ES256' }, 2],
      ['no kid, another algorithm', { alg: 'ES384' }, 0],
      ['the kid, another algorithm', { alg: 'RS256', kid: 'a.1' }, 0],
      ['the kid without its version', { alg: 'ES256', kid: 'a' }, 0],
      ['an unknown kid', { alg: 'ES256', kid: 'x' }, 0],
      ['an empty kid', { alg: 'ES256', kid: '' }, 0],
    ])('to verify with goes by the header: %s', async (_, hint, found) => {
      const keys = await providerWith({ alg: 'ES256', kid: 'a' })
      await keys.createKey({ alg: 'ES256', kid: 'b' })
      expect(await keys.verificationKeys(hint)).toHaveLength(found)
    })

    it('to sign with takes the newest, in whatever order they were made', async () => {
      const clock = new ManualClock()
      const keys = await providerWith({ alg: 'ES256', kid: 'a' }, clock)
      expect((await keys.signingKey()).kid).toBe('a.1')
      await keys.createKey({ alg: 'ES256', kid: 'b' })
      expect((await keys.signingKey()).kid).toBe('b.1')
      clock.advance(1)
      await keys.rotateKey('a')
      expect((await keys.signingKey()).kid).toBe('a.2')
      expect((await keys.signingKey('b')).kid).toBe('b.1')
      expect((await keys.signingKey('b.1')).kid).toBe('b.1')
      await expect(keys.signingKey('a.1')).rejects.toThrow(KeyNotFoundError)
      await expect(keys.signingKey('c')).rejects.toThrow(KeyNotFoundError)
    })
  })

  describe('the public set', () => {
    it('can be narrowed to kids that begin alike', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      await keys.createKey({ alg: 'ES256', kid: 'order' })
      await keys.createKey({ alg: 'ES256', kid: 'users' })
      const kids = async (prefixKids: string): Promise<unknown[]> =>
        (await keys.jwks({ prefixKids })).keys.map(({ kid }) => kid)
      expect(await kids('orders')).toEqual(['orders.1'])
      expect(await kids('order')).toEqual(['orders.1', 'order.1'])
      expect(await kids('')).toHaveLength(3)
      expect(await kids('x')).toEqual([])
    })

    it('is not altered by who asked for it', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      const before = structuredClone(await keys.jwks())
      const given = await keys.jwks()
      try {
        given.keys.push({ kty: 'oct', k: 'AAAA' })
        delete (given.keys[0] as Record<string, unknown>)['kid']
      } catch {
        // Frozen is as good as copied.
      }
      expect(await keys.jwks()).toEqual(before)
      expect(await keys.publishedJwks()).toEqual(before)
    })

    it('hands out single keys that nobody else sees altered', async () => {
      const keys = await providerWith({ alg: 'ES256', kid: 'orders' })
      const jwk = await keys.getPublicJwk('orders')
      jwk.kid = 'altered'
      expect((await keys.getPublicJwk('orders')).kid).toBe('orders.1')
    })

    it('needs no refresh', async () => {
      await expect((await open()).refresh()).resolves.toBeUndefined()
    })
  })

  describe('the table of algorithms', () => {
    it('names the signature algorithms of the contract', () => {
      expect(signatureAlgorithms).toEqual(expect.arrayContaining([...asymmetricAlgorithms, ...hmacAlgorithms]))
      expect(asymmetricSignatureAlgorithms).toEqual(expect.arrayContaining([...asymmetricAlgorithms]))
      expect(asymmetricSignatureAlgorithms.filter((alg) => hmacAlgorithms.includes(alg))).toEqual([])
    })

    it.each(['Ed25519', 'EdDSA'])('lets a key named %s verify under both names', async (alg) => {
      const keys = await providerWith({ alg, kid: 'k' })
      expect(await keys.verificationKeys({ alg: 'Ed25519', kid: 'k.1' })).toHaveLength(1)
      expect(await keys.verificationKeys({ alg: 'EdDSA', kid: 'k.1' })).toHaveLength(1)
    })
  })
})

// Generating an RSA key takes long, so these run with one provider only.
describe('creating an RSA key', () => {
  it.each([
    ['by default', { alg: 'RS256' }, 2048],
    ['as specified', { alg: 'PS256', sizeBits: 3072 }, 3072],
  ])('takes a size: %s', async (_, spec, bits) => {
    const keys = new LocalKeyProvider()
    await keys.createKey({ ...spec, kid: 'k' })
    expect(Buffer.from((await keys.getPublicJwk('k')).n as string, 'base64url')).toHaveLength(bits / 8)
  })
})

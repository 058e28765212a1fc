import { decodeProtectedHeader } from 'jose'
import { redisPatience } from '../../../../../test/support/redis-server.ts'
import { JwksEndpoint } from '../../../src/http/documents/jwks-endpoint.ts'
import { InvalidKeyError, KeyNotFoundError, TokenError, TokenIssueError } from '../../../src/errors.ts'
import { TokenIssuer } from '../../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { KeySpec, RotationOptions } from '../../../src/keys/key-specification.ts'
import type { VerificationKey } from '../../../src/keys/key-roles.ts'
import { KeyRotation } from '../../../src/keys/local/key-rotation.ts'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'
import { StoredKeyProvider } from '../../../src/keys/stored/stored-key-provider.ts'
import { ManualClock } from '../../support/clock.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'
import { pairOf, rsaPair } from './material/materials.ts'
import { closeProviders, type Keys, providers, startRedis } from './each-provider.ts'

beforeAll(startRedis, redisPatience)
afterAll(closeProviders)

describe.each(providers)('$name:', ({ open }) => {
  const second = 1000
  const minute = 60 * second
  const hour = 60 * minute
  const day = 24 * hour

  /** A key `k` on a clock that the test turns, with an issuer and a verifier that live on it. */
  class Scene {
    readonly clock: ManualClock
    readonly keys: Keys
    readonly start: number
    readonly tokens: TokenIssuer
    readonly verifier: TokenVerifier

    private constructor(keys: Keys, clock: ManualClock) {
      this.keys = keys
      this.clock = clock
      this.start = clock.now()
      this.tokens = new TokenIssuer({ keys: this.keys, issuer, audience, clock: this.clock, kid: 'k' })
      this.verifier = new TokenVerifier({ keys: this.keys, issuer, audience, clock: this.clock })
    }

    static async empty(): Promise<Scene> {
      const clock = new ManualClock()
      return new Scene(await open(clock), clock)
    }

    static async with(spec: Partial<KeySpec> = {}, ...rotations: RotationOptions[]): Promise<Scene> {
      const scene = await Scene.empty()
      await scene.keys.createKey({ alg: 'ES256', kid: 'k', ...spec })
      for (const rotation of rotations) await scene.keys.rotateKey('k', rotation)
      return scene
    }

    /** Since the start, in milliseconds; also back. */
    turnTo(moment: number): void {
      this.clock.advance(this.start + moment - this.clock.now())
    }

    /** When the next change is due, in milliseconds since the start. */
    get nextChange(): number {
      return this.keys.nextKeyChange() - this.start
    }

    async states(...versions: number[]): Promise<string[]> {
      return Promise.all(versions.map((version) => this.#state(version)))
    }

    async #state(version: number): Promise<string> {
      try {
        return (await this.keys.getKey('k', version)).state
      } catch (error) {
        if (error instanceof KeyNotFoundError) return 'destroyed'
        throw error
      }
    }

    async published(): Promise<unknown[]> {
      return (await this.keys.jwks()).keys.map(({ kid }) => kid)
    }

    async signsAs(): Promise<string | undefined> {
      try {
        return (await this.keys.signingKey('k')).kid
      } catch (error) {
        if (error instanceof KeyNotFoundError) return undefined
        throw error
      }
    }

    token(expiresIn = 10 * 60): Promise<string> {
      return this.tokens.issue({ sub: 'user-1' }, { expiresIn: `${expiresIn}s` })
    }

    async accepts(token: string): Promise<boolean> {
      try {
        await this.verifier.verify(token)
        return true
      } catch (error) {
        if (error instanceof TokenError) return false
        throw error
      }
    }

    handedOut(kid: string): VerificationKey {
      const [key] = this.keys.keysAtHand({ alg: 'ES256', kid })
      if (key === undefined) throw new Error(`no key ${kid}`)
      return key
    }
  }

  const never = Number.POSITIVE_INFINITY

  interface Moment {
    readonly at: string
    readonly time: number
    readonly states: string[]
    readonly published: string[]
    readonly signsAs: string
    readonly next: number
  }

  describe('a version that is published an hour ahead, and kept for a day', () => {
    const before = { states: ['active', 'pending'], published: ['k.1', 'k.2'], signsAs: 'k.1', next: hour }
    const between = { states: ['retired', 'active'], published: ['k.1', 'k.2'], signsAs: 'k.2', next: hour + day }
    const after = { states: ['destroyed', 'active'], published: ['k.2'], signsAs: 'k.2', next: never }
    const moments: Moment[] = [
      { at: 'at once', time: 0, ...before },
      { at: 'a moment before it activates', time: hour - 1, ...before },
      { at: 'as it activates', time: hour, ...between },
      { at: 'a moment before the old one goes', time: hour + day - 1, ...between },
      { at: 'as the old one goes', time: hour + day, ...after },
      { at: 'years later', time: 1000 * day, ...after },
    ]
    const rotation: RotationOptions = { activateAfter: '1h', retainFor: '1d' }

    async function expectMoment(scene: Scene, { time, states, published, signsAs, next }: Moment): Promise<void> {
      scene.turnTo(time)
      expect(await scene.states(1, 2)).toEqual(states)
      expect(await scene.published()).toEqual(published)
      expect(await scene.signsAs()).toBe(signsAs)
      expect(scene.nextChange).toBe(next)
      expect(await scene.keys.listVersions('k')).toEqual(published.map((kid) => Number(kid.split('.')[1])))
    }

    it.each(moments)('stands as it should $at, asked then for the first time', async (moment) => {
      await expectMoment(await Scene.with({}, rotation), moment)
    })

    it('stands as it should at each moment, asked at all of them', async () => {
      const scene = await Scene.with({}, rotation)
      for (const moment of moments) await expectMoment(scene, moment)
    })

    it.each(moments.map(({ at, time, next }) => ({ at, time, next })))(
      'is cached for no longer than till the next change: $at',
      async ({ time, next }) => {
        const scene = await Scene.with({}, rotation)
        const endpoint = new JwksEndpoint(scene.keys, { clock: scene.clock, maxAge: '100d' })
        scene.turnTo(time)
        const { headers } = await endpoint.respond({ method: 'GET', headers: {} })
        const age = Number(/max-age=(\d+)/.exec(String(headers['Cache-Control']))?.[1])
        expect(age).toBe(Math.floor(Math.min(100 * day, next - time) / second))
      },
    )

    it('verifies the old version’s tokens for as long as it is kept, and not for a moment longer', async () => {
      const scene = await Scene.with({}, rotation)
      const verifier = new TokenVerifier({
        keys: scene.keys,
        issuer,
        audience,
        clock: scene.clock,
        clockTolerance: '30s',
      })
      scene.turnTo(hour - second)
      const token = await scene.token(day / second)
      for (const moment of [0, hour, day - 2 * second]) {
        scene.turnTo(hour + moment)
        await expect(verifier.verify(token)).resolves.toBeDefined()
      }
      scene.turnTo(hour + day)
      await expect(verifier.verify(token)).rejects.toThrow(new TokenError('key_unknown'))
    })

    it('is trusted, and no longer trusted, at the same moments', async () => {
      const scene = await Scene.with({}, rotation)
      const key = scene.handedOut('k.1')
      for (const [time, trusted] of [
        [0, true],
        [hour, true],
        [hour + day - 1, true],
        [hour + day, false],
      ] as const) {
        scene.turnTo(time)
        // Stored keys are read again if the last read was long ago.
        await scene.keys.listVersions('k')
        expect(scene.keys.trusts(key)).toBe(trusted)
      }
    })

    it('is a reference to what was, once it was asked for', async () => {
      const scene = await Scene.with({}, rotation)
      const ref = await scene.keys.getKey('k', 2)
      scene.turnTo(hour)
      expect(ref.state).toBe('pending')
      expect((await scene.keys.getKey('k', 2)).state).toBe('active')
      expect((await scene.keys.getKey('k', 2)).createdAt).toEqual(new Date(scene.start))
    })
  })

  describe('rotating', () => {
    it('takes effect at once unless it is said otherwise, and keeps the old version until somebody destroys it', async () => {
      const scene = await Scene.with({}, {})
      expect(await scene.states(1, 2)).toEqual(['retired', 'active'])
      expect(scene.nextChange).toBe(never)
      scene.turnTo(10_000 * day)
      expect(await scene.states(1, 2)).toEqual(['retired', 'active'])
    })

    it('for nothing ahead and nothing after destroys the old version at once', async () => {
      const scene = await Scene.with({})
      const token = await scene.token()
      await scene.keys.rotateKey('k', { activateAfter: 0, retainFor: 0 })
      expect(await scene.states(1, 2)).toEqual(['destroyed', 'active'])
      expect(await scene.accepts(token)).toBe(false)
    })

    it('keeps what it was told of retention for later rotations', async () => {
      const scene = await Scene.with({}, { retainFor: '1d' })
      scene.turnTo(hour)
      // Known an hour ahead, so that no instance signs late with the version before.
      await scene.keys.rotateKey('k', { activateAfter: '2h' })
      scene.turnTo(day)
      expect(await scene.states(1, 2, 3)).toEqual(['destroyed', 'retired', 'active'])
      scene.turnTo(3 * hour + day)
      expect(await scene.states(2, 3)).toEqual(['destroyed', 'active'])
    })

    it('several times ahead lets each have its turn', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h', retainFor: '30m' }, { activateAfter: '2h' })
      const timeline: [number, string[], number][] = [
        [0, ['active', 'pending', 'pending'], hour],
        [hour, ['retired', 'active', 'pending'], hour + 30 * minute],
        [hour + 30 * minute, ['destroyed', 'active', 'pending'], 2 * hour],
        [2 * hour, ['destroyed', 'retired', 'active'], 2 * hour + 30 * minute],
        [2 * hour + 30 * minute, ['destroyed', 'destroyed', 'active'], never],
      ]
      for (const [time, states, next] of timeline) {
        scene.turnTo(time)
        expect(await scene.states(1, 2, 3)).toEqual(states)
        expect(scene.nextChange).toBe(next)
      }
    })

    it('at once overtakes a version that is pending, which never signs then', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h' }, {})
      expect(await scene.states(1, 3)).toEqual(['retired', 'active'])
      for (const time of [0, hour, 2 * hour]) {
        scene.turnTo(time)
        expect(await scene.signsAs()).toBe('k.3')
      }
    })

    it.each<[string, RotationOptions]>([
      ['a negative time ahead', { activateAfter: -1 }],
      ['an endless time ahead', { activateAfter: Number.POSITIVE_INFINITY }],
      ['no time at all', { activateAfter: 'soon' as never }],
      ['a negative retention', { retainFor: -1 }],
      ['NaN', { retainFor: Number.NaN }],
      ['another unit', { retainFor: '1w' as never }],
      ['another kid', { kid: 'other' } as never],
      ['an option nobody knows', { retain: '1d' } as never],
      ['an algorithm and a curve that do not go together', { alg: 'ES256', curve: 'P-384' }],
      ['a use that the algorithm has not', { uses: ['encrypt'] }],
    ])('is refused, and changes nothing: %s', async (_, options) => {
      const scene = await Scene.with({}, { activateAfter: '1h', retainFor: '1d' })
      await expect(scene.keys.rotateKey('k', options)).rejects.toThrow(InvalidKeyError)
      expect(await scene.states(1, 2, 3)).toEqual(['active', 'pending', 'destroyed'])
      expect(scene.nextChange).toBe(hour)
      scene.turnTo(hour)
      expect(scene.nextChange).toBe(hour + day)
    })
  })

  describe('overrides', () => {
    it.each<[string, RotationOptions, object]>([
      ['the algorithm', { alg: 'Ed25519' }, { alg: 'Ed25519', curve: 'Ed25519' }],
      ['the algorithm and the size', { alg: 'HS256', sizeBits: 512 }, { alg: 'HS256' }],
      ['the uses', { uses: ['verify'] }, { uses: ['verify'] }],
      ['the export policy', { exportPolicy: 'none' }, { exportPolicy: 'none' }],
      ['the label', { label: 'other' }, { label: 'other' }],
      ['the tags', { tags: { team: 'b' } }, { tags: { team: 'b' } }],
    ])('change %s, and the rest stays', async (_, options, changed) => {
      const scene = await Scene.with({ label: 'Orders', tags: { team: 'a', tier: '1' }, exportPolicy: 'public-only' })
      const { kid, label, tags, exportPolicy, alg } = await scene.keys.getKey('k')
      const ref = await scene.keys.rotateKey('k', options)
      expect(ref).toMatchObject({ kid, label, tags: {}, exportPolicy, alg, version: 2, ...changed })
      if (options.tags === undefined) expect(ref.tags).toEqual(tags)
      else expect(ref.tags).toEqual(options.tags)
      expect((await scene.keys.getKey('k', 1)).alg).toBe('ES256')
    })

    it('hold for the versions after', async () => {
      const scene = await Scene.with({}, { alg: 'ES384', label: 'new' }, {})
      expect(await scene.keys.getKey('k', 3)).toMatchObject({ alg: 'ES384', label: 'new', curve: 'P-384' })
    })

    it.each<[string, Partial<KeySpec>, RotationOptions]>([
      ['size', { alg: 'HS256', sizeBits: 512 }, { alg: 'ES256' }],
      ['size of a secret', { alg: 'A128GCM', sizeBits: 128 }, { alg: 'A256GCM' }],
      ['curve', { alg: 'ES256', curve: 'P-256' }, { alg: 'HS256' }],
      ['curve of another', { alg: 'ES256', curve: 'P-256' }, { alg: 'ES384' }],
    ])('of the algorithm leave behind what belonged to the former: its %s', async (_, spec, options) => {
      const scene = await Scene.with(spec)
      expect(await scene.keys.rotateKey('k', options)).toMatchObject({ alg: options.alg, version: 2 })
    })
  })

  describe('rotating an imported key', () => {
    it('keeps its curve', async () => {
      const { keys } = await Scene.empty()
      await keys.importKey({ alg: 'ECDH-ES', kid: 'k', curve: 'X25519' }, pairOf('X25519').privatePem)
      await keys.importKey({ alg: 'ECDH-ES', kid: 'l' }, pairOf('P-384').privatePem)
      expect((await keys.rotateKey('k')).curve).toBe('X25519')
      expect((await keys.rotateKey('l')).curve).toBe('P-384')
    })

    it('keeps its size: the next version is no weaker', async () => {
      const { keys } = await Scene.empty()
      const exportPolicy = 'secret-when-allowed'
      await keys.importKey({ alg: 'HS256', kid: 'k', exportPolicy }, new Uint8Array(64).fill(1))
      await keys.rotateKey('k')
      const material = (await keys.getKey('k', 2, { includeSecret: true })).material()
      expect(material).toMatchObject({ kind: 'symmetric', raw: { byteLength: 64 } })
    })

    it('keeps its uses, also those that its JWK brought', async () => {
      const { keys } = await Scene.empty()
      await keys.importKey({ alg: 'ES256', kid: 'k' }, { ...pairOf('P-256').privateJwk, key_ops: ['verify'] })
      expect((await keys.rotateKey('k')).uses).toEqual(['verify'])
    })

    it('makes a key of its own', async () => {
      const { keys } = await Scene.empty()
      await keys.importKey({ alg: 'ES256', kid: 'k' }, pairOf('P-256').privatePem)
      const { fingerprint } = await keys.rotateKey('k')
      expect(fingerprint).not.toBe((await keys.getKey('k', 1)).fingerprint)
    })
  })

  describe('a clock that steps backwards', () => {
    it('over an activation lets the older version sign again, and the next change is the activation', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h', retainFor: '1d' })
      scene.turnTo(hour)
      const token = await scene.token()
      expect(scene.nextChange).toBe(hour + day)
      scene.turnTo(hour - 10 * second)
      expect(await scene.states(1, 2)).toEqual(['active', 'pending'])
      expect(await scene.signsAs()).toBe('k.1')
      expect(await scene.published()).toEqual(['k.1', 'k.2'])
      scene.turnTo(hour)
      expect(await scene.accepts(token)).toBe(true)
    })

    it('over an activation shortens what may be cached again', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h', retainFor: '1d' })
      scene.turnTo(hour)
      expect(scene.nextChange).toBe(hour + day)
      scene.turnTo(30 * minute)
      expect(scene.nextChange).toBe(hour)
    })

    it('after a rotation at once leaves exactly one version to sign with: the newest', async () => {
      const scene = await Scene.with({}, {})
      scene.turnTo(-hour)
      expect(await scene.signsAs()).toBe('k.2')
      expect(await scene.keys.verificationKeys({ alg: 'ES256', kid: 'k.1' })).toHaveLength(1)
      expect((await scene.states(1, 2))[1]).toBe('active')
    })

    it('does not keep a key that was made before the step from signing', async () => {
      const scene = await Scene.with({})
      scene.turnTo(-day)
      expect(await scene.signsAs()).toBe('k.1')
      await scene.keys.rotateKey('k')
      expect(await scene.signsAs()).toBe('k.2')
      expect(await scene.states(1, 2)).toEqual(['retired', 'active'])
    })

    it('does not bring back what is destroyed', async () => {
      const scene = await Scene.with({}, { retainFor: '1d' })
      scene.turnTo(day)
      expect(await scene.states(1)).toEqual(['destroyed'])
      scene.turnTo(0)
      expect(await scene.states(1, 2)).toEqual(['destroyed', 'active'])
      expect(await scene.published()).toEqual(['k.2'])
    })

    it('and forwards again ends where it would have ended', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h', retainFor: '1d' })
      for (const time of [hour + minute, 0, hour + minute, -day, hour + day - 1]) {
        scene.turnTo(time)
        expect(await scene.signsAs()).toBe(time >= hour ? 'k.2' : 'k.1')
      }
      scene.turnTo(hour + day)
      expect(await scene.states(1, 2)).toEqual(['destroyed', 'active'])
    })
  })

  describe('destroying', () => {
    it('a pending version does not retire the active one', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h', retainFor: '1d' })
      expect(await scene.keys.destroyKey('k', 2)).toBe(true)
      for (const time of [0, hour, hour + day, 100 * day]) {
        scene.turnTo(time)
        expect(await scene.states(1, 2)).toEqual(['active', 'destroyed'])
        expect(await scene.signsAs()).toBe('k.1')
        expect(scene.nextChange).toBe(never)
      }
    })

    it('one of two pending versions leaves the other its turn', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h', retainFor: '1d' }, { activateAfter: '2h' })
      await scene.keys.destroyKey('k', 2)
      scene.turnTo(hour)
      expect(await scene.states(1, 2, 3)).toEqual(['active', 'destroyed', 'pending'])
      scene.turnTo(2 * hour)
      expect(await scene.states(1, 2, 3)).toEqual(['retired', 'destroyed', 'active'])
      expect(scene.nextChange).toBe(2 * hour + day)
    })

    it('the active version does not bring back the one that has retired', async () => {
      const scene = await Scene.with({}, { retainFor: '1d' })
      scene.turnTo(minute)
      const key = scene.handedOut('k.1')
      await scene.keys.destroyKey('k', 2)
      expect(await scene.states(1, 2)).toEqual(['retired', 'destroyed'])
      expect(await scene.signsAs()).toBeUndefined()
      await expect(scene.token()).rejects.toThrow(KeyNotFoundError)
      expect(scene.keys.trusts(key)).toBe(true)
      expect(scene.nextChange).toBe(day)
      scene.turnTo(day)
      expect(scene.keys.has('k')).toBe(false)
    })

    it('the version that signs lets the next one sign at once', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h', retainFor: '1d' })
      const before = await scene.token()
      await scene.keys.destroyKey('k', 1)
      expect(await scene.states(1, 2)).toEqual(['destroyed', 'active'])
      expect(await scene.signsAs()).toBe('k.2')
      expect(await scene.published()).toEqual(['k.2'])
      expect(scene.nextChange).toBe(never)
      expect([await scene.accepts(before), await scene.accepts(await scene.token())]).toEqual([false, true])
      for (const time of [hour, -hour]) {
        scene.turnTo(time)
        expect(await scene.signsAs()).toBe('k.2')
      }
    })

    it('the version that signs by its published kid does the same', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h' })
      await scene.keys.destroyKey('k.1')
      expect(await scene.signsAs()).toBe('k.2')
    })

    it('the version that signs lets the pending one sign that is due first', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h' }, { activateAfter: '2h' })
      await scene.keys.destroyKey('k', 1)
      expect(await scene.states(2, 3)).toEqual(['active', 'pending'])
      scene.turnTo(2 * hour)
      expect(await scene.states(2, 3)).toEqual(['retired', 'active'])
    })

    it('the version that encrypts lets the next one encrypt at once', async () => {
      const scene = await Scene.with({ alg: 'A256GCM' }, { activateAfter: '1h' })
      await scene.keys.destroyKey('k', 1)
      expect((await scene.keys.getKey('k')).keyFor('encrypt').type).toBe('secret')
    })

    it('a retired version leaves a pending one to its time', async () => {
      const scene = await Scene.with({}, {}, { activateAfter: '1h' })
      await scene.keys.destroyKey('k', 1)
      expect(await scene.states(2, 3)).toEqual(['active', 'pending'])
      expect(scene.nextChange).toBe(hour)
    })

    it('is told by a rotation: the version that was pending is active', async () => {
      const scene = await Scene.with()
      const changes: string[] = []
      const rotation = new KeyRotation({ keys: scene.keys, kid: 'k', clock: scene.clock, every: '10d' })
      for (const event of ['keyPending', 'keyActive', 'keyDestroyed'] as const)
        rotation.on(event, ({ version, state }) => changes.push(`${version} ${state}`))
      await rotation.start()
      scene.turnTo(10 * day)
      await rotation.advance()
      await scene.keys.destroyKey('k', 1)
      await rotation.advance()
      rotation.stop()
      expect(changes).toEqual(['1 active', '2 pending', '1 destroyed', '2 active'])
    })

    it('all of a kid takes the pending versions too', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h' })
      await scene.keys.destroyKey('k')
      scene.turnTo(2 * hour)
      expect(await scene.states(1, 2)).toEqual(['destroyed', 'destroyed'])
      expect(await scene.published()).toEqual([])
      expect(scene.nextChange).toBe(never)
    })

    it.each([
      ['of one version', 1],
      ['of the whole key', undefined],
    ])('in an emergency refuses at the very next call, also what was verified before: %s', async (_, version) => {
      const scene = await Scene.with({})
      const [token, key] = [await scene.token(), scene.handedOut('k.1')]
      for (let time = 0; time < 3; time += 1) expect(await scene.accepts(token)).toBe(true)
      expect(scene.keys.trusts(key)).toBe(true)
      const destroyed = scene.keys.destroyKey('k', version)
      // In a store it is destroyed when the store says so.
      if (scene.keys instanceof StoredKeyProvider) await destroyed
      expect(scene.keys.trusts(key)).toBe(false)
      await expect(scene.verifier.verify(token)).rejects.toThrow(new TokenError('key_unknown'))
      expect(await destroyed).toBe(true)
      expect(await scene.published()).toEqual([])
    })

    it('a retired version refuses its tokens, and those of the next version pass', async () => {
      const scene = await Scene.with({})
      const old = await scene.token()
      await scene.keys.rotateKey('k')
      const current = await scene.token()
      expect([await scene.accepts(old), await scene.accepts(current)]).toEqual([true, true])
      await scene.keys.destroyKey('k', 1)
      expect([await scene.accepts(old), await scene.accepts(current)]).toEqual([false, true])
    })

    it('stays so: the key is not trusted again when a new one takes the name', async () => {
      const scene = await Scene.with({})
      const [token, key] = [await scene.token(), scene.handedOut('k.1')]
      await scene.keys.destroyKey('k')
      await scene.keys.createKey({ alg: 'ES256', kid: 'k' })
      expect(scene.keys.trusts(key)).toBe(false)
      expect(await scene.accepts(token)).toBe(false)
    })
  })

  describe('version numbers', () => {
    it.each<[string, (scene: Scene) => Promise<unknown>, number]>([
      ['after a pending version was destroyed', (scene) => scene.keys.destroyKey('k', 2), 3],
      ['after the key was destroyed', (scene) => scene.keys.destroyKey('k'), 3],
      ['after all but the last went by the clock', async (scene) => scene.turnTo(10 * day), 3],
      [
        'after each was destroyed by itself',
        async (scene) => {
          await scene.keys.destroyKey('k', 1)
          await scene.keys.destroyKey('k', 2)
        },
        3,
      ],
      [
        'after a rotation that failed',
        (scene) => scene.keys.rotateKey('k', { curve: 'P-384' }).catch(() => undefined),
        3,
      ],
      [
        'after a clock that stepped back',
        async (scene) => {
          scene.turnTo(10 * day)
          await scene.published()
          scene.turnTo(0)
        },
        3,
      ],
    ])('are not given again %s', async (_, happens, least) => {
      const scene = await Scene.with({}, { activateAfter: '1h', retainFor: '1d' })
      await happens(scene)
      const next = scene.keys.has('k') ? scene.keys.rotateKey('k') : scene.keys.createKey({ alg: 'ES256', kid: 'k' })
      expect((await next).version).toBeGreaterThanOrEqual(least)
    })

    it('are not given again when a key of that name is imported', async () => {
      const scene = await Scene.with({}, {})
      await scene.keys.destroyKey('k')
      expect(await scene.keys.importKey({ alg: 'ES256', kid: 'k' }, pairOf('P-256').privatePem)).toMatchObject({
        version: 3,
      })
    })
  })

  describe('while a version is in the making', () => {
    it('what the clock destroys meanwhile stays destroyed', async () => {
      const scene = await Scene.with({})
      const token = await scene.token(hour / second)
      await scene.keys.rotateKey('k', { retainFor: '1h' })
      const key = scene.handedOut('k.1')
      scene.turnTo(hour - 1)
      const rotation = scene.keys.rotateKey('k')
      scene.turnTo(hour)
      await rotation
      expect(await scene.states(1, 2, 3)).toEqual(['destroyed', 'retired', 'active'])
      expect(scene.keys.trusts(key)).toBe(false)
      expect(await scene.accepts(token)).toBe(false)
    })

    it('the version that signs goes on signing', async () => {
      const scene = await Scene.with({})
      const rotation = scene.keys.rotateKey('k')
      expect(await scene.signsAs()).toBe('k.1')
      expect(await scene.published()).toEqual(['k.1'])
      await rotation
      expect(await scene.signsAs()).toBe('k.2')
    })

    it('a retention that is set meanwhile does not bring back what is overdue', async () => {
      const scene = await Scene.with({}, { retainFor: '1h' })
      const key = scene.handedOut('k.1')
      scene.turnTo(hour)
      await scene.keys.retain('k', '1d')
      expect(scene.keys.trusts(key)).toBe(false)
      expect(await scene.states(1, 2)).toEqual(['destroyed', 'active'])
    })
  })

  describe('a token issuer', () => {
    it.each([
      ['an hour, of an hour', hour, true],
      ['a second more than an hour, of an hour', hour + second, false],
      ['a day, of an hour', day, false],
      ['a second, of an hour', second, true],
    ])('refuses lifetimes past the retention: %s', async (_, lifetime, issued) => {
      const scene = await Scene.with({}, { retainFor: '1h' })
      const attempt = scene.token(lifetime / second)
      if (issued) expect(await scene.accepts(await attempt)).toBe(true)
      else await expect(attempt).rejects.toThrow(TokenIssueError)
    })

    it('refuses by name: expiresIn', async () => {
      const scene = await Scene.with({}, { retainFor: '1h' })
      await expect(scene.token(2 * 3600)).rejects.toThrow(/expiresIn/)
    })

    it('refuses nothing where retired versions are kept', async () => {
      const scene = await Scene.with({}, {})
      expect(await scene.accepts(await scene.token((1000 * day) / second))).toBe(true)
    })

    it('never signs a token that the key will not verify to its end, whenever the next version comes', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h', retainFor: '1h' })
      for (const time of [0, 30 * minute, hour - second]) {
        scene.turnTo(time)
        const token = await scene.token(hour / second)
        scene.turnTo(time + hour - second)
        expect(await scene.accepts(token)).toBe(true)
      }
    })

    it('signs with the next version from its activation on', async () => {
      const scene = await Scene.with({}, { activateAfter: '1h' })
      expect(decodeProtectedHeader(await scene.token()).kid).toBe('k.1')
      scene.turnTo(hour - 1)
      expect(decodeProtectedHeader(await scene.token()).kid).toBe('k.1')
      scene.turnTo(hour)
      expect(decodeProtectedHeader(await scene.token()).kid).toBe('k.2')
    })
  })
})

// Generating an RSA key takes long, so this runs with one provider only.
test('rotating an imported RSA key keeps its size', async () => {
  const keys = new LocalKeyProvider()
  await keys.importKey({ alg: 'RS256', kid: 'k' }, rsaPair(2304).privatePem)
  const { n = '' } = (await keys.rotateKey('k')).publicJwk ?? {}
  expect(Buffer.from(n, 'base64url')).toHaveLength(2304 / 8)
})

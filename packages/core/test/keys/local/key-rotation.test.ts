import { SignJWT } from 'jose'
import { redisPatience } from '../../../../../test/support/redis-server.ts'
import { JwksEndpoint } from '../../../src/http/documents/jwks-endpoint.ts'
import { TokenIssuer } from '../../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { KeyHint, VerificationKey, VerificationKeys } from '../../../src/keys/key-roles.ts'
import type { KeyRotationOptions } from '../../../src/keys/local/key-rotation-options.ts'
import { KeyRotation } from '../../../src/keys/local/key-rotation.ts'
import { KeySet } from '../../../src/keys/remote/sets/key-set.ts'
import { ManualClock } from '../../support/clock.ts'
import { harmfulListeners, unhandledIn } from '../../support/harmful-listeners.ts'
import { closeProviders, localAndStored, type ProviderKind, providers, startRedis } from './each-provider.ts'

beforeAll(startRedis, redisPatience)
afterAll(closeProviders)

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'

async function rotatingIn(open: ProviderKind['open'], options: Partial<KeyRotationOptions> = {}) {
  const clock = new ManualClock()
  const keys = await open(clock)
  await keys.createKey({ alg: 'ES256', kid: 'orders' })
  const rotation = new KeyRotation({ keys, kid: 'orders', clock, ...options })
  const changes: string[] = []
  for (const event of ['keyPending', 'keyActive', 'keyRetired', 'keyDestroyed'] as const) {
    rotation.on(event, ({ version, state }) => changes.push(`${version} ${state}`))
  }
  return { clock, keys, rotation, changes }
}

describe.each(providers)('$name:', ({ open }) => {
  const rotating = (options?: Partial<KeyRotationOptions>) => rotatingIn(open, options)

  describe('a rotation by the clock', () => {
    it('publishes, activates, retires and destroys each version in its time, and says so', async () => {
      const { clock, rotation, changes } = await rotating({ every: '10d', activateAfter: '2h', retainFor: '2h' })
      await rotation.start()
      expect(changes).toEqual(['1 active'])
      const steps = [
        [10 * day - 1, []],
        [1, ['2 pending']],
        [2 * hour - 1, []],
        [1, ['1 retired', '2 active']],
        [2 * hour - 1, []],
        [1, ['1 destroyed']],
      ] as const
      for (const [step, expected] of steps) {
        changes.length = 0
        clock.advance(step)
        await rotation.advance()
        expect(changes).toEqual(expected)
      }
      rotation.stop()
    })

    it('rotates once after a long sleep, and goes on from there', async () => {
      const { clock, keys, rotation } = await rotating({ every: '10d' })
      await rotation.start()
      clock.advance(95 * day)
      await rotation.advance()
      await rotation.advance()
      expect(await keys.listVersions('orders')).toEqual([1, 2])
      clock.advance(10 * day)
      await rotation.advance()
      expect(await keys.listVersions('orders')).toEqual([2, 3])
      rotation.stop()
    })

    it('waits no longer than a period when the clock is set back', async () => {
      const { clock, keys, rotation } = await rotating({ every: '10d' })
      await rotation.start()
      clock.advance(-365 * day)
      await rotation.advance()
      await expect(keys.signingKey()).resolves.toMatchObject({ kid: 'orders.1' })
      clock.advance(10 * day)
      await rotation.advance()
      expect(await keys.listVersions('orders')).toEqual([1, 2])
      rotation.stop()
    })

    it('holds no process open, and can be started twice and stopped twice', async () => {
      const { rotation } = await rotating()
      const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
      const before = timers()
      await rotation.start()
      await rotation.start()
      // Stores and replicas of earlier tests have timers too, which end by themselves.
      while (timers() > before) await new Promise((resolve) => setImmediate(resolve))
      rotation.stop()
      rotation.stop()
    })

    it('does not start without a key', async () => {
      const rotation = new KeyRotation({ keys: await open(), kid: 'nobody' })
      await expect(rotation.start()).rejects.toMatchObject({ code: 'key_not_found' })
    })

    it('reports a rotation that failed, and tries again', async () => {
      const { clock, keys, rotation } = await rotating({ every: '10d' })
      const failures: unknown[] = []
      rotation.on('rotationFailed', (error) => failures.push(error))
      await rotation.start()
      clock.advance(10 * day)
      await keys.destroyKey('orders')
      await rotation.advance()
      expect(failures).toEqual([expect.objectContaining({ code: 'key_not_found' })])
      await keys.createKey({ alg: 'ES256', kid: 'orders' })
      await rotation.advance()
      expect(failures).toHaveLength(1)
      rotation.stop()
    })

    it('lets no token be issued that would outlive the key, from the start', async () => {
      const { clock, keys, rotation } = await rotating({ longestTokenLifetime: '1h' })
      await rotation.start()
      const tokens = new TokenIssuer({ keys, issuer, audience, clock })
      await expect(tokens.issue({ sub: 'a' }, { expiresIn: '1h' })).resolves.toEqual(expect.any(String))
      await expect(tokens.issue({ sub: 'a' }, { expiresIn: '2h' })).rejects.toMatchObject({
        code: 'token_not_issuable',
      })
      rotation.stop()
    })
  })

  describe.each(Object.entries(harmfulListeners))('a listener of a rotation that %s', (_, harm) => {
    it('neither stops the rotation nor ends the process, and is not reported as a rotation that failed', async () => {
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
      const { clock, keys, rotation, changes } = await rotating({ every: '10d', activateAfter: '2h', retainFor: '2h' })
      const failures: unknown[] = []
      for (const event of ['keyPending', 'keyActive', 'keyRetired', 'keyDestroyed'] as const) rotation.on(event, harm)
      rotation.on('rotationFailed', (error) => failures.push(error))
      const unhandled = await unhandledIn(async () => {
        await rotation.start()
        for (const step of [10 * day, 2 * hour, 2 * hour]) {
          clock.advance(step)
          await rotation.advance()
        }
      })
      rotation.stop()
      expect(changes).toEqual(['1 active', '2 pending', '1 retired', '2 active', '1 destroyed'])
      expect(await keys.listVersions('orders')).toEqual([2])
      expect([failures, unhandled]).toEqual([[], []])
      expect(warn).toHaveBeenCalledTimes(changes.length)
      warn.mockRestore()
    })

    it('does no harm where it is told that a rotation failed', async () => {
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
      const { clock, keys, rotation } = await rotating({ every: '10d' })
      rotation.on('rotationFailed', harm)
      await rotation.start()
      await keys.destroyKey('orders')
      clock.advance(10 * day)
      expect(await unhandledIn(() => rotation.advance())).toEqual([])
      rotation.stop()
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('rotationFailed'), 'BearerKitWarning')
      warn.mockRestore()
    })
  })

  describe('a plan that would refuse good tokens is refused, with the inequality it breaks', () => {
    it.each([
      [{ activateAfter: '1h' }, 'activateAfter >= jwksMaxAge + verifierCache'],
      [{ activateAfter: '1m', jwksMaxAge: '1m', verifierCache: '1s' }, 'activateAfter >= jwksMaxAge + verifierCache'],
      [{ retainFor: '1h' }, 'retainFor >= longestTokenLifetime + clockSkew'],
      [{ retainFor: '1h', longestTokenLifetime: '1d' }, 'retainFor >= longestTokenLifetime + clockSkew'],
      [{ every: '1h' }, 'every > activateAfter'],
    ] as const)('%j', async (options, inequality) => {
      const keys = await open()
      expect(() => new KeyRotation({ keys, kid: 'a', ...options })).toThrow(inequality)
      expect(() => new KeyRotation({ keys, kid: 'a', ...options })).toThrow(
        expect.objectContaining({ code: 'configuration_invalid' }),
      )
    })
  })
})

// It looks at many moments, and where the keys are stored does not matter to them.
describe.each(localAndStored)('$name:', ({ open }) => {
  /** A verifier that keeps what it fetched for as long as anybody may, and never asks in between. */
  class LongestCache implements VerificationKeys {
    readonly #endpoint: JwksEndpoint
    readonly #clock: ManualClock
    readonly #verifierCache: number
    #set: KeySet | undefined
    #keepUntil = Number.NEGATIVE_INFINITY

    constructor(endpoint: JwksEndpoint, clock: ManualClock, verifierCache: number) {
      this.#endpoint = endpoint
      this.#clock = clock
      this.#verifierCache = verifierCache
    }

    async verificationKeys(hint: KeyHint): Promise<readonly VerificationKey[]> {
      if (this.#set === undefined || this.#clock.now() >= this.#keepUntil) await this.#fetch()
      return this.#set?.matching(hint) ?? []
    }

    trusts(): boolean {
      return true
    }

    async #fetch(): Promise<void> {
      const { headers, body } = await this.#endpoint.respond({ method: 'GET', headers: {} })
      const maxAge = Number(/max-age=(\d+)/.exec(String(headers['Cache-Control']))?.[1])
      this.#set = await KeySet.read(JSON.parse(body) as Record<string, unknown>, 'the endpoint')
      this.#keepUntil = this.#clock.now() + maxAge * 1000 + this.#verifierCache
    }
  }

  test('in a year of rotations no good token is refused, and no old one accepted', async () => {
    const { clock, keys, rotation, changes } = await rotatingIn(open, {
      every: '20d',
      longestTokenLifetime: '1h',
    })
    await rotation.start()
    const tokens = new TokenIssuer({ keys, issuer, audience, clock, expiresIn: '1h' })
    const endpoint = new JwksEndpoint(keys, { clock, maxAge: '5m' })
    const caches = [0, 10 * minute, hour].map((cache) => new LongestCache(endpoint, clock, cache))
    const verifiers = [keys, ...caches].map((from) => new TokenVerifier({ keys: from, issuer, audience, clock }))
    const eternal = new Map<string, string>()
    let living: { token: string; expiresAt: number }[] = []
    let verified = 0
    let changedAt = clock.now()
    rotation.on('keyDestroyed', () => (changedAt = clock.now()))
    const changedLately = (): boolean => clock.now() - changedAt < 2 * hour

    // Closely around each change, where it matters, and every other day in between.
    const untilNextLook = (): number => (changedLately() || keys.nextKeyChange() < Infinity ? 27 * minute : 2 * day)
    for (const end = clock.now() + 365 * day; clock.now() < end; clock.advance(untilNextLook())) {
      await rotation.advance()
      living = living.filter(({ expiresAt }) => expiresAt > clock.now())
      living.push({ token: await tokens.issue({ sub: 'user-1' }), expiresAt: clock.now() + hour })
      for (const { token } of living) {
        for (const verifier of verifiers) {
          await verifier.verify(token)
          verified += 1
        }
      }
      const { kid, alg, privateKey } = await keys.signingKey()
      if (!eternal.has(kid)) eternal.set(kid, await withoutEnd({ kid, alg }).sign(privateKey))
    }

    expect(verified).toBeGreaterThan(1500)
    expect(changes.filter((change) => change.endsWith('pending'))).toHaveLength(18)
    const present = new Set((await keys.jwks()).keys.map((jwk) => jwk.kid))
    expect(present.size).toBeLessThanOrEqual(2)
    // Tokens that should never have been signed for so long: gone with their keys, however valid their times.
    const dropped = [...eternal].filter(([kid]) => !present.has(kid))
    expect(dropped.length).toBeGreaterThanOrEqual(16)
    for (const [, token] of dropped) {
      for (const verifier of verifiers)
        await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
    }
    rotation.stop()
  }, 60_000)

  function withoutEnd(header: { kid: string; alg: string }): SignJWT {
    return new SignJWT({ iss: issuer, aud: audience, exp: 1e11 }).setProtectedHeader(header)
  }
})

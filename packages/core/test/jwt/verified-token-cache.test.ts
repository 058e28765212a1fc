import { createHook } from 'node:async_hooks'
import { once } from 'node:events'
import { type CryptoKey, importJWK } from 'jose'
import type { VerificationKey, VerificationKeys } from '../../src/keys/key-roles.ts'
import type { AuthContext } from '../../src/http/auth-context.ts'
import { Authenticator } from '../../src/http/authenticator.ts'
import type { HttpRequest } from '../../src/http-message.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'
import type { AccessTokenClaims } from '../../src/jwt/jws/compact-jws.ts'
import type { StandardSchema } from '../../src/jwt/claims/standard-schema.ts'
import type { VerifierOptions } from '../../src/jwt/verifier-options.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { RemoteJwksKeyProvider } from '../../src/keys/remote/remote-jwks-key-provider.ts'
import { ManualClock } from '../support/clock.ts'
import { FakeFetch, refuseConnection, settled } from '../support/fake-fetch.ts'
import { outcomeOf } from '../http/outcome.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../support/foreign-issuer.ts'

const foreign = new ForeignIssuer()
const minute = 60_000

function claimsAt(clock: ManualClock, more: object = {}): object {
  return { iss: issuer, aud: audience, sub: 'user-1', exp: clock.seconds() + 8 * 60 * 60, ...more }
}

/** Counts the key lookups. A cached token needs none. */
class CountedKeys implements VerificationKeys {
  asked = 0
  trusted = true
  /** The time that the verifier passed. */
  told: number | undefined
  key = foreign

  verificationKeys(): readonly VerificationKey[] {
    this.asked += 1
    const { jwk } = this.key
    return [{ thumbprint: 'counted', cryptoKey: async (alg) => (await importJWK(jwk, alg)) as CryptoKey }]
  }

  trusts(_key: VerificationKey, now?: number): boolean {
    this.told = now
    return this.trusted
  }
}

function verifierOf(options: VerifierOptions = {}): { verifier: TokenVerifier; clock: ManualClock; keys: CountedKeys } {
  const clock = new ManualClock()
  const keys = new CountedKeys()
  return { verifier: new TokenVerifier({ issuer, audience, keys, clock, ...options }), clock, keys }
}

const hour = 60 * minute

describe('a verified token', () => {
  it('is not verified a second time', async () => {
    const { verifier, keys, clock } = verifierOf()
    const token = foreign.sign(claimsAt(clock))
    const first = await verifier.verify(token)
    expect(await verifier.verify(token)).toEqual(first)
    expect(keys.asked).toBe(1)
  })

  it('is cached by its whole text: another signature over the same claims is verified again', async () => {
    const { verifier, keys, clock } = verifierOf()
    const claims = claimsAt(clock)
    await verifier.verify(foreign.sign(claims))
    await verifier.verify(foreign.sign(claims))
    expect(keys.asked).toBe(2)
  })

  it('is verified each time if the cache is disabled', async () => {
    const { verifier, keys, clock } = verifierOf({ cache: false })
    const token = foreign.sign(claimsAt(clock))
    await verifier.verify(token)
    await verifier.verify(token)
    expect(keys.asked).toBe(2)
  })

  it('is evicted when it is the least recently used', async () => {
    const { verifier, keys, clock } = verifierOf({ cache: { max: 2 } })
    const [first = '', second = '', third = ''] = ['a', 'b', 'c'].map((jti) => foreign.sign(claimsAt(clock, { jti })))
    for (const token of [first, second, first, third]) await verifier.verify(token)
    expect(keys.asked).toBe(3)
    await verifier.verify(first)
    expect(keys.asked).toBe(3)
    await verifier.verify(second)
    expect(keys.asked).toBe(4)
  })

  it('is not evicted by invalid tokens', async () => {
    const { verifier, keys, clock } = verifierOf({ cache: { max: 1 } })
    const good = foreign.sign(claimsAt(clock))
    await verifier.verify(good)
    const junk = [
      'junk',
      `${good.slice(0, -8)}AAAAAAAA`,
      foreign.sign(claimsAt(clock, { aud: 'https://other.example.com' })),
      foreign.sign(claimsAt(clock, { exp: clock.seconds() - minute })),
      foreign.sign(claimsAt(clock, { cnf: { jkt: 'thumbprint' } })),
      new ForeignIssuer().sign(claimsAt(clock)),
    ]
    for (const token of junk) await expect(verifier.verify(token)).rejects.toMatchObject({ name: 'TokenError' })
    const askedSoFar = keys.asked
    await verifier.verify(good)
    expect(keys.asked).toBe(askedSoFar)
  })

  it.each([1, 2, 50])('is verified once for %i concurrent calls', async (count) => {
    const { verifier, keys, clock } = verifierOf()
    const token = foreign.sign(claimsAt(clock))
    await Promise.all(Array.from({ length: count }, () => verifier.verify(token)))
    expect(keys.asked).toBe(1)
  })

  it('resolves for the other callers if one of them aborts', async () => {
    const { verifier, keys, clock } = verifierOf()
    const token = foreign.sign(claimsAt(clock))
    const impatient = new AbortController()
    const both = [verifier.verify(token, { signal: impatient.signal }), verifier.verify(token)] as const
    impatient.abort(new Error('gave up'))
    await expect(both[0]).rejects.toThrow('gave up')
    expect((await both[1]).claims.sub).toBe('user-1')
    expect(keys.asked).toBe(1)
  })

  it('is accepted as soon as its key is there, because refusals are not cached', async () => {
    const { verifier, keys, clock } = verifierOf()
    const stranger = new ForeignIssuer()
    const token = stranger.sign(claimsAt(clock))
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'signature_invalid' })
    keys.key = stranger
    expect((await verifier.verify(token)).claims.sub).toBe('user-1')
  })

  it.each<[string, VerifierOptions, object, number, string]>([
    ['has expired', {}, { exp: 60 }, 65_000, 'token_expired'],
    ['is too old', { maxTokenAge: '5m' }, { iat: 0 }, 5 * minute + 5000, 'token_too_old'],
    ['is not yet valid after the clock was set back', {}, { nbf: 0 }, -5001, 'token_not_yet_valid'],
    ['was issued in the future after the clock was set back', {}, { iat: 0 }, -5001, 'token_issued_in_future'],
  ])('is refused as soon as it %s', async (_, options, times, after, code) => {
    const { verifier, clock } = verifierOf(options)
    const dates = Object.entries(times).map(([name, offset]: [string, number]) => [name, clock.seconds() + offset])
    const token = foreign.sign(claimsAt(clock, Object.fromEntries(dates) as object))
    await verifier.verify(token)
    clock.advance(after - Math.sign(after))
    await verifier.verify(token)
    clock.advance(Math.sign(after))
    await expect(verifier.verify(token)).rejects.toMatchObject({ code })
  })

  it('is verified again if the provider fails to tell whether the key is trusted', async () => {
    const { verifier, keys, clock } = verifierOf()
    const token = foreign.sign(claimsAt(clock))
    await verifier.verify(token)
    keys.trusts = () => {
      throw new Error('the key store is closed')
    }
    expect((await verifier.verify(token)).claims.sub).toBe('user-1')
    expect(keys.asked).toBe(2)
  })

  it('passes the time to the provider, so that it need not read the clock', async () => {
    const { verifier, keys } = verifierOf({ clock: undefined })
    const token = foreign.sign({ iss: issuer, aud: audience, exp: Date.now() / 1000 + 60 })
    await verifier.verify(token)
    const before = Date.now()
    await verifier.verify(token)
    expect(keys.told).toBeGreaterThanOrEqual(before)
    expect(keys.told).toBeLessThanOrEqual(Date.now())
  })

  it('does not pass the time of a clock of its own to the provider, which may have another one', async () => {
    const { verifier, keys, clock } = verifierOf()
    const token = foreign.sign(claimsAt(clock))
    await verifier.verify(token)
    await verifier.verify(token)
    expect(keys).toMatchObject({ asked: 1, told: undefined })
  })

  it('is verified again if its key is no longer trusted', async () => {
    const { verifier, keys, clock } = verifierOf()
    const token = foreign.sign(claimsAt(clock))
    await verifier.verify(token)
    keys.trusted = false
    keys.key = new ForeignIssuer()
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'signature_invalid' })
  })
})

describe('a key provider whose trusts() does not return a boolean', () => {
  it.each<[string, unknown]>([
    ['a promise of true', Promise.resolve(true)],
    ['a promise of false', Promise.resolve(false)],
    ['undefined', undefined],
    ['1', 1],
    ['a string', 'yes'],
  ])('makes the verification unavailable: %s', async (_, answer) => {
    const { verifier, keys, clock } = verifierOf()
    keys.trusts = () => answer as boolean
    const token = foreign.sign(claimsAt(clock))
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'verification_unavailable' })
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'verification_unavailable' })
  })
})

describe('a token whose key is destroyed during its verification', () => {
  /** Creates a schema that pauses the verification until `goOn` is called. */
  function holdUp(): { schema: StandardSchema<AccessTokenClaims>; begun: Promise<void>; goOn: () => void } {
    let begin!: () => void
    let goOn!: () => void
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const going = new Promise<void>((resolve) => (goOn = resolve))
    const validate = async (value: unknown): Promise<{ value: AccessTokenClaims }> => {
      begin()
      await going
      return { value: value as AccessTokenClaims }
    }
    return { schema: { '~standard': { version: 1, vendor: 'by hand', validate } }, begun, goOn: () => goOn() }
  }

  async function local(options: VerifierOptions): Promise<{
    clock: ManualClock
    keys: LocalKeyProvider
    verifier: TokenVerifier
    token: string
  }> {
    const clock = new ManualClock()
    const keys = new LocalKeyProvider({ clock })
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    const token = await new TokenIssuer({ keys, issuer, audience, clock }).issue({ sub: 'user-1' })
    return { clock, keys, token, verifier: new TokenVerifier({ issuer, audience, keys, clock, ...options }) }
  }

  it('is refused for the first request and for one that joins later', async () => {
    const { schema, begun, goOn } = holdUp()
    const { keys, verifier, token } = await local({ claims: schema })
    const early = expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
    await begun
    await keys.destroyKey('orders')
    const late = expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
    goOn()
    await Promise.all([early, late])
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
  })

  it('is refused if it expires during the verification', async () => {
    const { schema, begun, goOn } = holdUp()
    const { clock, verifier, token } = await local({ claims: schema })
    const verdict = expect(verifier.verify(token)).rejects.toMatchObject({ code: 'token_expired' })
    await begun
    clock.advance(hour)
    goOn()
    await verdict
  })

  it.each(['first', 'second'])('is refused after the revocation check on its %s use', async (use) => {
    let destroy: (() => Promise<unknown>) | undefined
    const isRevoked = async (): Promise<boolean> => {
      await destroy?.()
      return false
    }
    const { keys, verifier, token } = await local({ isRevoked })
    if (use === 'second') await verifier.verify(token)
    destroy = () => keys.destroyKey('orders')
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
  })
})

describe('a cached token with a local key', () => {
  it.each<[string, (keys: LocalKeyProvider) => Promise<unknown>]>([
    ['its version is destroyed', (keys) => keys.destroyKey('orders', 1)],
    ['all its versions are destroyed', (keys) => keys.destroyKey('orders')],
  ])('is refused as soon as %s', async (_, destroy) => {
    const clock = new ManualClock()
    const keys = new LocalKeyProvider({ clock })
    await keys.createKey({ alg: 'ES256', kid: 'orders' })
    const token = await new TokenIssuer({ keys, issuer, audience, clock }).issue({ sub: 'user-1' })
    const verifier = new TokenVerifier({ issuer, audience, keys, clock })
    await verifier.verify(token)
    await destroy(keys)
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
  })
})

describe('a cached token with a remote key', () => {
  interface Remote {
    readonly verifier: TokenVerifier
    readonly keys: RemoteJwksKeyProvider
    readonly clock: ManualClock
    readonly server: FakeFetch
    readonly token: string
  }

  function remote(): Remote {
    const clock = new ManualClock()
    const server = new FakeFetch({ [jwksUrl]: foreign.jwks })
    const { fetch } = server
    const keys = new RemoteJwksKeyProvider({ jwksUrl, clock, fetch, cacheTtl: '5m', staleIfError: '1h' })
    const verifier = new TokenVerifier({ issuer, audience, keys, clock })
    return { verifier, keys, clock, server, token: foreign.sign(claimsAt(clock)) }
  }

  it('triggers key refreshes like any other token', async () => {
    const { verifier, keys, clock, server, token } = remote()
    await verifier.verify(token)
    for (let refreshes = 1; refreshes <= 12; refreshes += 1) {
      clock.advance(5 * minute)
      await Promise.all([once(keys, 'refreshed'), verifier.verify(token)])
      expect(server.requests.length).toBe(1 + refreshes)
    }
  })

  it.each([
    ['removed', new ForeignIssuer('another'), 'key_unknown'],
    ['replaced under the same kid', new ForeignIssuer(foreign.kid), 'signature_invalid'],
  ])('is refused after the key was %s', async (_, { jwks }, code) => {
    const { verifier, keys, clock, server, token } = remote()
    await verifier.verify(token)
    server.answers.set(jwksUrl, jwks)
    clock.advance(5 * minute)
    await Promise.all([once(keys, 'refreshed'), verifier.verify(token)])
    await expect(verifier.verify(token)).rejects.toMatchObject({ code })
  })

  it('is accepted during an outage until the keys are too old', async () => {
    const { verifier, clock, server, token } = remote()
    await verifier.verify(token)
    server.answers.set(jwksUrl, refuseConnection)
    clock.advance(hour + 5 * minute - 1)
    await verifier.verify(token)
    await settled()
    clock.advance(1)
    await expect(verifier.verify(token)).rejects.toMatchObject({ name: 'KeySourceUnavailableError' })
  })
})

describe('a request with a cached token', () => {
  const clock = new ManualClock()
  const token = foreign.sign(claimsAt(clock))

  async function warm(options: VerifierOptions): Promise<Authenticator> {
    const named = options.resolveIssuer === undefined ? { issuer, audience } : {}
    const authenticator = new Authenticator({ ...named, clock, ...options })
    await outcomeOf((continuation) => authenticator.authenticate(bearing(), continuation))
    return authenticator
  }

  function bearing(): HttpRequest {
    return { method: 'GET', headers: { authorization: `Bearer ${token}` } }
  }

  /** Returns the types of the asynchronous resources that `run` creates, such as promises and timers. */
  function resourcesOf(run: () => void): string[] {
    const types: string[] = []
    const hook = createHook({ init: (_id, type) => types.push(type) }).enable()
    run()
    hook.disable()
    return types
  }

  it.each<[string, VerifierOptions]>([
    ['local', { keys: new CountedKeys() }],
    ['remote', { jwksUrl, fetch: new FakeFetch({ [jwksUrl]: foreign.jwks }).fetch }],
    ['local', { keys: new CountedKeys(), isRevoked: () => false }],
    [
      'a resolved issuer’s',
      { resolveIssuer: () => ({ audience, jwksUrl }), fetch: new FakeFetch({ [jwksUrl]: foreign.jwks }).fetch },
    ],
  ])('is handled without a promise or a timer: %s keys', async (_, options) => {
    const authenticator = await warm(options)
    const passed: unknown[] = []
    const refuse = (error: Error): void => void passed.push(error)
    const pass = (auth: AuthContext | undefined): void => void passed.push(auth?.claims.sub)
    const resources = resourcesOf(() => authenticator.authenticate(bearing(), { pass, refuse }))
    expect(passed).toEqual(['user-1'])
    expect(resources).toEqual([])
  })

  it('is measured by a hook that detects promises and timers', () => {
    expect(resourcesOf(() => void setTimeout(() => undefined, 0))).toContain('Timeout')
    expect(resourcesOf(() => void Promise.resolve('a promise'))).toContain('PROMISE')
  })
})

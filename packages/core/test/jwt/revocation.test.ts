import { ConfigurationError, TokenError, VerificationUnavailableError } from '../../src/errors.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'
import type { RevocationCheck } from '../../src/jwt/revocation.ts'
import { Revocations } from '../../src/revocation/revocations.ts'
import type { VerifierOptions } from '../../src/jwt/verifier-options.ts'
import { ManualClock } from '../support/clock.ts'
import { FakeFetch } from '../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../support/foreign-issuer.ts'

const clock = new ManualClock()
const foreign = new ForeignIssuer()
const claims = { iss: issuer, aud: audience, sub: 'user-1', jti: 'id-1', exp: clock.seconds() + 60 }
const header = { alg: 'ES256', kid: foreign.kid, typ: 'at+jwt' }
const { fetch } = new FakeFetch({ [jwksUrl]: foreign.jwks })

function verifier(isRevoked: RevocationCheck | undefined, options: VerifierOptions = {}): TokenVerifier {
  return new TokenVerifier({ issuer, audience, jwksUrl, clock, fetch, isRevoked, ...options })
}

describe('the revocation check', () => {
  it.each([
    ['synchronously', () => true],
    ['with a promise', async () => true],
  ])('refuses a revoked token if it answers %s', async (_, isRevoked) => {
    const refusal: unknown = await verifier(isRevoked)
      .verify(foreign.sign(claims))
      .catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TokenError)
    expect(refusal).toMatchObject({ code: 'token_revoked' })
  })

  it.each([
    ['synchronously', () => false],
    ['with a promise', async () => false],
  ])('accepts a token that is not revoked if it answers %s', async (_, isRevoked) => {
    expect((await verifier(isRevoked).verify(foreign.sign(claims))).claims).toEqual(claims)
  })

  it('receives the frozen claims, header, token and request on every use of the token', async () => {
    const asked: Parameters<RevocationCheck>[] = []
    const one = verifier((...given) => {
      asked.push(given)
      return false
    })
    const token = foreign.sign(claims)
    const request = { method: 'GET', headers: {} }
    await one.verify(token)
    await one.verify(token, { request })
    expect(asked).toEqual([
      [claims, header, { token, request: undefined }],
      [claims, header, { token, request }],
    ])
    for (const given of asked) expect(given.every((argument) => Object.isFrozen(argument))).toBe(true)
  })

  it('may be an object with the method, such as Revocations', async () => {
    const revocations = await Revocations.open({ clock })
    const one = verifier(undefined, { isRevoked: revocations })
    const token = foreign.sign(claims)
    await one.verify(token)
    expect(one.recallOrVerify(token)).not.toBeInstanceOf(Promise)
    await revocations.revoke({ sub: 'user-1', iss: issuer })
    await expect(one.verify(token)).rejects.toMatchObject({ code: 'token_revoked' })
    await revocations.close()
  })

  describe('of a source with a revision', () => {
    /** Counts how often it was asked. */
    class Source {
      asked = 0
      revoked = false
      current: unknown = 1

      isRevoked(): boolean {
        this.asked += 1
        return this.revoked
      }

      revision(): number | undefined {
        if (this.current instanceof Error) throw this.current
        return this.current as number | undefined
      }
    }

    async function askedFor(uses: number, source: Source, token: string, one: TokenVerifier): Promise<number> {
      const before = source.asked
      for (let use = 0; use < uses; use += 1) await one.verify(token)
      return source.asked - before
    }

    it('asks again for a remembered token only after the revision has changed', async () => {
      const source = new Source()
      const one = verifier(undefined, { isRevoked: source })
      const [token, other] = [foreign.sign(claims), foreign.sign({ ...claims, jti: 'id-2' })]
      expect([await askedFor(3, source, token, one), await askedFor(3, source, other, one)]).toEqual([1, 1])
      source.current = 2
      expect([await askedFor(3, source, token, one), await askedFor(3, source, other, one)]).toEqual([1, 1])
      source.current = 3
      source.revoked = true
      for (let use = 0; use < 3; use += 1)
        await expect(one.verify(token)).rejects.toMatchObject({ code: 'token_revoked' })
    })

    it('refuses a revoked token on every use, and accepts it if the source does', async () => {
      const source = new Source()
      source.revoked = true
      const one = verifier(undefined, { isRevoked: source })
      const token = foreign.sign(claims)
      for (let use = 0; use < 3; use += 1)
        await expect(one.verify(token)).rejects.toMatchObject({ code: 'token_revoked' })
      source.revoked = false
      expect(await askedFor(3, source, token, one)).toBe(1)
    })

    it.each([undefined, Number.NaN])('asks on every use while the revision is %p', async (current) => {
      const source = new Source()
      const one = verifier(undefined, { isRevoked: source })
      const token = foreign.sign(claims)
      expect(await askedFor(2, source, token, one)).toBe(1)
      source.current = current
      expect(await askedFor(3, source, token, one)).toBe(3)
    })

    it('fails as unavailable if the revision cannot be told', async () => {
      const source = new Source()
      const one = verifier(undefined, { isRevoked: source })
      const token = foreign.sign(claims)
      await one.verify(token)
      source.current = failure
      await expect(one.verify(token)).rejects.toMatchObject({ code: 'verification_unavailable', cause: failure })
    })

    it('tells the source the time of the system clock, and not that of another clock', async () => {
      const times: unknown[] = []
      const isRevoked = (_: unknown, now?: number): boolean => times.push(now) === 0
      const inSystemTime = { ...claims, exp: Math.floor(Date.now() / 1000) + 60 }
      for (const options of [{ clock: undefined }, { clock }]) {
        const one = verifier(undefined, { isRevoked: { isRevoked }, ...options })
        const token = foreign.sign(options.clock === undefined ? inSystemTime : claims)
        await one.verify(token)
        await one.verify(token)
      }
      expect(times).toEqual([undefined, expect.any(Number), undefined, undefined])
    })
  })

  it.each([[true], ['check'], [{}], [{ isRevoked: true }], [null]])(
    'is refused at start-up if it is %p',
    (isRevoked) => {
      expect(() => verifier(isRevoked as never)).toThrow(ConfigurationError)
    },
  )

  it('keeps a cached token synchronous if it returns no promise', async () => {
    const one = verifier(() => false)
    const token = foreign.sign(claims)
    await one.verify(token)
    expect(one.recallOrVerify(token)).not.toBeInstanceOf(Promise)
  })

  it('refuses a cached token after its revocation', async () => {
    const revoked = new Set<unknown>()
    const one = verifier(({ jti }) => revoked.has(jti))
    const token = foreign.sign(claims)
    await one.verify(token)
    revoked.add('id-1')
    await expect(one.verify(token)).rejects.toMatchObject({ code: 'token_revoked' })
  })

  const failure = new Error('the store is down')

  it.each([
    [
      'throws',
      () => {
        throw failure
      },
    ],
    ['rejects', () => Promise.reject(failure)],
  ])('fails as unavailable if it %s', async (_, isRevoked) => {
    const refusal: unknown = await verifier(isRevoked)
      .verify(foreign.sign(claims))
      .catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(VerificationUnavailableError)
    expect(refusal).toMatchObject({ code: 'verification_unavailable', cause: failure })
  })

  const nonsense: readonly unknown[] = [undefined, null, 0, 1, '', 'false', {}, [], Number.NaN]

  it.each(nonsense)('fails as unavailable if it answers %p, with or without a promise', async (answer) => {
    for (const isRevoked of [() => answer, async () => answer]) {
      const one = verifier(isRevoked as unknown as RevocationCheck)
      await expect(one.verify(foreign.sign(claims))).rejects.toBeInstanceOf(VerificationUnavailableError)
      await expect(one.verify(foreign.sign(claims))).rejects.toBeInstanceOf(VerificationUnavailableError)
    }
  })

  it('may return a thenable that is not a Promise of this realm', async () => {
    const thenable = (answer: boolean): PromiseLike<boolean> => ({
      then: (resolve) => Promise.resolve(answer).then(resolve),
    })
    await expect(verifier(() => thenable(true)).verify(foreign.sign(claims))).rejects.toMatchObject({
      code: 'token_revoked',
    })
    expect((await verifier(() => thenable(false)).verify(foreign.sign(claims))).claims).toEqual(claims)
  })

  it('fails as unavailable if it rejects without a reason', async () => {
    const one = verifier(() => Promise.reject(undefined))
    await expect(one.verify(foreign.sign(claims))).rejects.toBeInstanceOf(VerificationUnavailableError)
  })

  it('fails as unavailable if it does not settle within five seconds', async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    try {
      let isAsked!: () => void
      const asked = new Promise<void>((resolve) => {
        isAsked = resolve
      })
      const isRevoked = (): Promise<boolean> => {
        isAsked()
        return new Promise(() => undefined)
      }
      const verdict = verifier(isRevoked).verify(foreign.sign(claims))
      await asked
      const refused = expect(verdict).rejects.toBeInstanceOf(VerificationUnavailableError)
      jest.advanceTimersByTime(5000)
      await refused
    } finally {
      jest.useRealTimers()
    }
  })

  it.each([
    ['its signature', new ForeignIssuer(foreign.kid).sign(claims)],
    ['its expiry', foreign.sign({ ...claims, exp: 1 })],
    ['its audience', foreign.sign({ ...claims, aud: 'them' })],
    ['its `cnf`', foreign.sign({ ...claims, cnf: { jkt: 'a' } })],
  ])('is not called for a token that is refused for %s', async (_, token) => {
    const asked: unknown[] = []
    const one = verifier((...given) => asked.push(given) > 0)
    await expect(one.verify(token)).rejects.toBeInstanceOf(TokenError)
    expect(asked).toEqual([])
  })

  it.each([[true], ['true'], [{}], [null]])('cannot be configured as %p', (isRevoked) => {
    expect(() => verifier(isRevoked as unknown as RevocationCheck)).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'isRevoked' }),
    )
  })
})

import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import { LogoutEndpoint, type LogoutHandlerOptions } from '../../../src/http/back-channel/logout-endpoint.ts'
import { RevocationEndpoint } from '../../../src/http/back-channel/revocation-endpoint.ts'
import type { TokenRevoker } from '../../../src/http/back-channel/token-revoker.ts'
import { harmfulListeners, unhandledIn } from '../../support/harmful-listeners.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import { Revocations } from '../../../src/revocation/revocations.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import { replayUse } from '../../../src/replay/replay-store.ts'

let issuer: TestIssuer

beforeAll(async () => {
  issuer = await createTestIssuer()
})

afterAll(() => issuer.close())

const request = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
const accepting: TokenRevoker = { revoke: async () => undefined }

function logoutToken(claims: object = {}): Promise<string> {
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  return issuer.forge({ header: { typ: 'logout+jwt' }, claims: { aud: 'client-1', events, ...claims } })
}

function logoutEndpoint(
  revoker: TokenRevoker = accepting,
  options: Partial<LogoutHandlerOptions> = {},
): LogoutEndpoint {
  return new LogoutEndpoint(revoker, { issuer: issuer.issuer, clientId: 'client-1', keys: issuer.keys, ...options })
}

function revocationEndpoint(revoker: TokenRevoker, onFailure?: (error: Error) => void): RevocationEndpoint {
  const { audience, keys } = issuer
  const verification = { issuer: issuer.issuer, audience, keys }
  return new RevocationEndpoint(revoker, { verification, authenticate: () => true, onFailure })
}

describe('a revoker', () => {
  it('that does not settle is a 503 after ten seconds', async () => {
    const [logout_token, token] = await Promise.all([logoutToken(), issuer.issue()])
    let called!: () => void
    const hanging: TokenRevoker = {
      revoke() {
        called()
        return new Promise(() => undefined)
      },
    }
    jest.useFakeTimers({ now: Date.now(), doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    try {
      const answers: unknown[] = []
      for (const respond of [
        () => logoutEndpoint(hanging).respond(request, { logout_token }),
        () => revocationEndpoint(hanging).respond(request, { token }),
      ]) {
        // The signature is checked first, which takes real time.
        const waiting = new Promise<void>((resolve) => (called = resolve))
        const answer = respond()
        await waiting
        await jest.advanceTimersByTimeAsync(10_000)
        answers.push(await answer)
      }
      for (const answer of answers) expect(answer).toMatchObject({ status: 503, headers: { 'Retry-After': '5' } })
    } finally {
      jest.useRealTimers()
    }
  })

  it('that fails in another way is an error of the application', async () => {
    const fault = new TypeError('revoke has a bug')
    const failing: TokenRevoker = { revoke: () => Promise.reject(fault) }
    await expect(logoutEndpoint(failing).respond(request, { logout_token: await logoutToken() })).rejects.toBe(fault)
    await expect(revocationEndpoint(failing).respond(request, { token: await issuer.issue() })).rejects.toBe(fault)
  })
})

describe('onFailure', () => {
  it.each(Object.entries(harmfulListeners))('that %s changes no answer', async (_, onFailure) => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    try {
      const endpoint = logoutEndpoint(accepting, { onFailure })
      const unhandled = await unhandledIn(async () => {
        expect(await endpoint.respond(request, { logout_token: 'junk' })).toMatchObject({ status: 400 })
      })
      expect(unhandled).toEqual([])
      expect(warn).toHaveBeenCalledTimes(1)
    } finally {
      warn.mockRestore()
    }
  })

  it('is not called for requests without a token', async () => {
    const failures: Error[] = []
    const onFailure = (error: Error): void => void failures.push(error)
    await logoutEndpoint(accepting, { onFailure }).respond(request, {})
    await revocationEndpoint(accepting, onFailure).respond(request, { other: '1' })
    expect(failures).toEqual([])
  })
})

describe('the jti of a logout token', () => {
  it('is remembered for its issuer until the token is no longer accepted', async () => {
    const uses: unknown[] = []
    const firstUse = (...use: unknown[]): boolean => uses.push(use) > 0
    const exp = Math.floor(Date.now() / 1000) + 120
    const endpoint = logoutEndpoint(accepting, { replay: { firstUse }, clockTolerance: '30s' })
    const logout_token = await logoutToken({ jti: 'jti-1', exp })
    expect(await endpoint.respond(request, { logout_token })).toMatchObject({ status: 200 })
    expect(uses).toEqual([['jti-1', { until: new Date((exp + 30) * 1000), group: issuer.issuer }]])
  })

  it('is remembered as long as a store can, if the token hardly ever expires', async () => {
    const ends: number[] = []
    const firstUse: NonNullable<LogoutHandlerOptions['replay']>['firstUse'] = (id, use) =>
      ends.push(replayUse(id, use).until) > 0
    const endpoint = logoutEndpoint(accepting, { replay: { firstUse } })
    const logout_token = await logoutToken({ exp: 1e300 })
    expect(await endpoint.respond(request, { logout_token })).toMatchObject({ status: 200 })
    expect(ends).toEqual([8.64e15])
  })
})

it('a logout token is refused if its key was destroyed while it was verified', async () => {
  const endpoint = logoutEndpoint(accepting, {
    keys: { verificationKeys: (hint) => issuer.keys.verificationKeys(hint), trusts: () => false },
  })
  expect(await endpoint.respond(request, { logout_token: await logoutToken() })).toMatchObject({ status: 400 })
})

describe('with revocations that two instances share', () => {
  let instances: readonly [Revocations, Revocations]

  beforeEach(async () => {
    const store = memoryStore()
    instances = [await Revocations.open({ store }), await Revocations.open({ store })]
  })

  afterEach(() => Promise.all(instances.map((instance) => instance.close())))

  /** Verifies a token on the instance that has not taken the request, after it has read the changes. */
  async function outcomeOf(token: string): Promise<unknown> {
    const [, other] = instances
    await other.refresh()
    const { audience, keys } = issuer
    const verifier = new TokenVerifier({ issuer: issuer.issuer, audience, keys, isRevoked: other })
    return verifier.verify(token).then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    )
  }

  const iat = Math.floor(Date.now() / 1000) - 60

  it.each<[string, object, Partial<LogoutHandlerOptions>, Record<string, Readonly<Record<string, unknown>>>]>([
    [
      'of a session',
      { sid: 'session-1', iat },
      {},
      { token_revoked: { sid: 'session-1' }, accepted: { sid: 'session-2' } },
    ],
    ['of a user', { iat }, {}, { token_revoked: { iat }, accepted: { iat: iat + 1 } }],
    [
      'of a session, by its user',
      { sid: 'session-1', iat },
      { revoke: 'subject' },
      { token_revoked: { iat: iat - 1 }, accepted: { sub: 'user-2', iat } },
    ],
  ])('a logout %s refuses its tokens, and no others', async (_, claims, options, expected) => {
    const logout_token = await logoutToken(claims)
    expect(await logoutEndpoint(instances[0], options).respond(request, { logout_token })).toMatchObject({
      status: 200,
    })
    for (const [outcome, change] of Object.entries(expected))
      expect(await outcomeOf(await issuer.forge({ claims: change }))).toBe(outcome)
  })

  it('a revocation refuses its token, and no other', async () => {
    const [token, other] = [await issuer.issue(), await issuer.issue()]
    expect(await revocationEndpoint(instances[0]).respond(request, { token })).toMatchObject({ status: 200 })
    expect([await outcomeOf(token), await outcomeOf(other)]).toEqual(['token_revoked', 'accepted'])
    // Once more changes nothing.
    expect(await revocationEndpoint(instances[0]).respond(request, { token })).toMatchObject({ status: 200 })
  })

  const long = 'x'.repeat(8000)
  const odd = { 'has 8,000 characters': long, 'has a lone surrogate': '\ud800', 'has a control character': '\0' }

  it.each(
    Object.entries(odd).flatMap(([what, value]) =>
      (['sid', 'sub', 'jti'] as const).map((claim) => [claim, what, value] as const),
    ),
  )('accepts a logout token whose %s %s', async (claim, _, value) => {
    const logout_token = await logoutToken({ [claim]: value })
    expect(await logoutEndpoint(instances[0]).respond(request, { logout_token })).toMatchObject({ status: 200 })
    // The same lone surrogate is in the token: JSON has an escape for it.
    const revoked = claim === 'jti' ? { iat: iat - 60 } : { [claim]: value, iat: iat - 60 }
    expect(await outcomeOf(await issuer.forge({ claims: revoked }))).toBe('token_revoked')
  })

  it.each<[string, object]>([
    ['an iat before 1972', { iat: 63_999_999 }],
    ['an iat of zero', { iat: 0 }],
    ['a negative iat', { iat: -1 }],
    ['an iat before any date', { iat: -1e300 }],
    ['an iat that is text', { iat: '1700000000' }],
    ['an exp that is text', { exp: '4000000000' }],
    ['an empty jti', { jti: '' }],
    ['an empty sub', { sub: '' }],
    ['an empty sid', { sid: '' }],
    ['a sub that is a number', { sub: 1 }],
    ['a sid that is null', { sid: null }],
  ])('refuses a logout token with %s, whichever tokens a logout revokes', async (_, claims) => {
    for (const revoke of ['session', 'subject'] as const) {
      for (const sid of [undefined, 'session-1']) {
        const logout_token = await logoutToken({ sid, ...claims })
        const answer = await logoutEndpoint(instances[0], { revoke }).respond(request, { logout_token })
        expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('invalid_request') })
      }
    }
    expect([...instances[0].list()]).toEqual([])
  })

  it.each<[string, Readonly<Record<string, unknown>>, number]>([
    ['a jti of 8,000 characters', { jti: long }, 200],
    ['a jti with a lone surrogate', { jti: '\ud800' }, 200],
    ['an empty jti', { jti: '' }, 400],
    ['an exp after the last date', { exp: 1e300 }, 200],
    ['an exp with fractions', { exp: Date.now() / 1000 + 60.5 }, 200],
    ['an exp that is text', { exp: '4000000000' }, 200],
    ['an iat before any date', { iat: -1e300 }, 200],
    ['an empty sub and client_id', { sub: '', client_id: '' }, 200],
    ['an azp that is an object', { client_id: undefined, azp: {} }, 200],
  ])('answers the revocation of a token with %s', async (_, claims, status) => {
    const token = await issuer.forge({ claims })
    expect(await revocationEndpoint(instances[0]).respond(request, { token })).toMatchObject({ status })
  })

  it('a user of another issuer with the same `sub` is somebody else', async () => {
    await instances[0].revoke({ iss: 'https://other.example.com', sub: 'user-1' })
    expect(await outcomeOf(await issuer.issue())).toBe('accepted')
  })
})

import { tracingChannel } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { Authenticator } from '../../src/http/authenticator.ts'
import { claimsGuard } from '../../src/http/guards/claims-guard.ts'
import { allScopesGuard, authenticationGuard, type Guard } from '../../src/http/guards/guards.ts'
import { requestChannel, type RequestTrace } from '../../src/http/request-trace.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import type { VerifierOptions } from '../../src/jwt/verifier-options.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { outcomeOf } from './outcome.ts'

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const keys = new LocalKeyProvider()
const strangers = new LocalKeyProvider()
const channel = tracingChannel<unknown, RequestTrace>(requestChannel)

let events: (readonly [event: string, trace: RequestTrace])[]
/** The fields of an event as they were when it was published. */
const listeners = Object.fromEntries(
  ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => [
    event,
    (trace: RequestTrace) => void events.push([event, { ...trace }]),
  ]),
) as unknown as Parameters<typeof channel.subscribe>[0]

beforeAll(async () => {
  await keys.createKey({ alg: 'ES256' })
  await strangers.createKey({ alg: 'ES256' })
})
beforeEach(() => {
  events = []
  channel.subscribe(listeners)
})
afterEach(() => channel.unsubscribe(listeners))

function issued(claims: object = {}, signer = keys): Promise<string> {
  return new TokenIssuer({ keys: signer, issuer, audience }).issue({ sub: 'user-1', scope: 'a', ...claims })
}

function authenticatorWith(options: VerifierOptions = {}): Authenticator {
  return new Authenticator({ keys, issuer, audience, ...options } as VerifierOptions<never>, undefined, 'express')
}

async function asked(
  authorization: string | undefined,
  options: VerifierOptions = {},
  authenticator: Authenticator = authenticatorWith(options),
): Promise<object> {
  const request = { headers: { authorization } }
  await outcomeOf((continuation) => authenticator.authenticate(request, continuation))
  return request
}

/** The last event of a request, which has all fields. */
function outcome(): RequestTrace | undefined {
  return events.findLast(([event]) => event === 'end' || event === 'asyncEnd')?.[1]
}

describe('the channel of requests', () => {
  it('tells of a request that passed, and whether its token was remembered', async () => {
    const authenticator = authenticatorWith()
    const authorization = `Bearer ${await issued()}`
    await asked(authorization, {}, authenticator)
    const passed = { step: 'authentication', framework: 'express', outcome: 'passed', scheme: 'Bearer', issuer }
    expect(outcome()).toEqual({ ...passed, remembered: false, duration: expect.any(Number) as number })
    await asked(authorization, {}, authenticator)
    expect(outcome()).toEqual({ ...passed, remembered: true, duration: expect.any(Number) as number })
    expect(outcome()?.duration).toBeLessThan(10)
  })

  it('names no issuer and no scheme of an anonymous request', async () => {
    await asked(undefined, { mode: 'optional' })
    const { duration: _, ...rest } = outcome() ?? {}
    expect(rest).toEqual({ step: 'authentication', framework: 'express', outcome: 'passed' })
  })

  it('publishes start and end around a decision without a wait, and the others after a wait', async () => {
    const token = await issued()
    await asked(`Bearer ${token}`)
    expect(events.splice(0).map(([event]) => event)).toEqual(['start', 'end'])
    await asked(undefined)
    expect(events.splice(0).map(([event]) => event)).toEqual(['start', 'error', 'end'])
    await asked(`Bearer ${token}`, { isRevoked: async () => false })
    expect(events.splice(0).map(([event]) => event)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    await asked(`Bearer ${token}`, { isRevoked: async () => true })
    expect(events.map(([event]) => event)).toEqual(['start', 'end', 'asyncStart', 'error', 'asyncEnd'])
    expect(events[0]?.[1]).toEqual({ step: 'authentication', framework: 'express' })
  })

  it.each<[code: string, reason: string, request: () => Promise<unknown>]>([
    ['credentials_missing', 'credentials_missing', () => asked(undefined)],
    ['credentials_malformed', 'credentials_malformed', () => asked('Bearer a b')],
    ['token_invalid', 'token_malformed', () => asked('Bearer a.b.c')],
    ['token_invalid', 'audience_mismatch', async () => asked(`Bearer ${await issued()}`, { audience: 'other' })],
    ['token_invalid', 'key_unknown', async () => asked(`Bearer ${await issued({}, strangers)}`)],
    ['token_expired', 'token_expired', async () => asked(`Bearer ${await issued()}`, { clock: { now: () => 4e12 } })],
    ['token_revoked', 'token_revoked', async () => asked(`Bearer ${await issued()}`, { isRevoked: () => true })],
    [
      'verification_unavailable',
      'verification_unavailable',
      async () => asked(`Bearer ${await issued()}`, { isRevoked: () => Promise.reject(new Error('down')) }),
    ],
  ])('tells the code %s and the reason %s of a refusal by verifyJwt', async (code, reason, request) => {
    await request()
    expect(outcome()).toMatchObject({ step: 'authentication', outcome: 'refused', code, reason })
    expect(outcome()).not.toHaveProperty('issuer')
    expect(outcome()?.error).toMatchObject({ name: 'RequestRefusedError', code })
  })

  it.each<[code: string, guard: Guard]>([
    ['scope_insufficient', allScopesGuard('b')],
    ['claims_insufficient', claimsGuard({ tenant: 'acme' })],
    ['claims_insufficient', claimsGuard(async () => false)],
    ['authentication_insufficient', authenticationGuard({ maxAge: '5m' })],
  ])('tells the code %s of a refusal by a guard', async (code, guard) => {
    const request = await asked(`Bearer ${await issued()}`)
    await outcomeOf((continuation) => guard(request, continuation))
    const expected = { step: 'guard', framework: 'express', outcome: 'refused', scheme: 'Bearer', issuer, code }
    expect(outcome()).toMatchObject(expected)
  })

  it('tells of a guard that passed', async () => {
    const request = await asked(`Bearer ${await issued()}`)
    await outcomeOf((continuation) => allScopesGuard('a')(request, continuation))
    expect(outcome()).toMatchObject({ step: 'guard', outcome: 'passed' })
  })

  it('calls an error of the application failed, without a code', async () => {
    const request = await asked(`Bearer ${await issued()}`)
    const fault = new RangeError('a fault of the application')
    const guard = claimsGuard(() => {
      throw fault
    })
    await outcomeOf((continuation) => guard(request, continuation))
    expect(outcome()).toMatchObject({ step: 'guard', outcome: 'failed', error: fault })
    expect(outcome()).not.toHaveProperty('code')
  })

  it('has the outcome before the request continues', async () => {
    const authenticator = authenticatorWith()
    const request = { headers: { authorization: `Bearer ${await issued()}` } }
    // A remembered token needs no promise.
    await new Promise<void>((resolve, reject) => {
      authenticator.authenticate(request, { pass: () => resolve(), refuse: reject })
    })
    const earlier = events.length
    let before: number | undefined
    authenticator.authenticate(request, {
      pass: () => void (before = events.length - earlier),
      refuse: (error) => {
        throw error
      },
    })
    expect(before).toBe(2)
  })

  it('holds no token and no claim of the user, whether the request passed or not', async () => {
    const token = await issued({ sub: 'a-secret-subject', email: 'somebody@example.com' })
    const request = await asked(`Bearer ${token}`)
    await outcomeOf((continuation) => allScopesGuard('b')(request, continuation))
    await asked(`Bearer ${token.slice(0, -4)}AAAA`)
    const shown = inspect(events, { depth: Infinity }) + JSON.stringify(events)
    for (const secret of [token, token.split('.')[1], token.split('.')[2], 'a-secret-subject', 'somebody@example.com'])
      expect(shown).not.toContain(secret)
  })

  it('is not used while nobody listens', async () => {
    channel.unsubscribe(listeners)
    await asked(`Bearer ${await issued()}`)
    expect(events).toEqual([])
    channel.subscribe(listeners)
  })
})

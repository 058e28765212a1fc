import { inspect } from 'node:util'
import { ConfigurationError } from '../../src/errors.ts'
import { Authenticator } from '../../src/http/authenticator.ts'
import { allScopesGuard, authenticationGuard } from '../../src/http/guards/guards.ts'
import type { HttpRequest } from '../../src/http-message.ts'
import { formBody } from '../../src/http/credentials/token-source.ts'
import type { VerifierOptions } from '../../src/jwt/verifier-options.ts'
import { ManualClock } from '../support/clock.ts'
import { FakeFetch, refuseConnection } from '../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../support/foreign-issuer.ts'
import { type Outcome, outcomeOf as outcome } from './outcome.ts'

const clock = new ManualClock()
const foreign = new ForeignIssuer()
const claims = { iss: issuer, aud: audience, sub: 'user-1', exp: clock.seconds() + 60, scope: 'a b' }
const token = foreign.sign(claims)

function authenticator(options: VerifierOptions = {}): Authenticator {
  const { fetch } = new FakeFetch({ [jwksUrl]: foreign.jwks })
  return new Authenticator({ issuer, audience, jwksUrl, clock, fetch, ...options })
}

function outcomeOf(one: Authenticator, request: HttpRequest): Promise<Outcome> {
  return outcome((continuation) => one.authenticate(request, continuation))
}

function guardedBy(scopes: readonly string[], request: HttpRequest): Promise<Outcome> {
  return outcome((continuation) => allScopesGuard(...scopes)(request, continuation))
}

function bearing(authorization: string | undefined): HttpRequest {
  return { method: 'GET', headers: { authorization } }
}

describe('authentication in required mode', () => {
  it('lets a request with a good token pass and sets its auth context', async () => {
    expect(await outcomeOf(authenticator(), bearing(`Bearer ${token}`))).toEqual({
      auth: {
        token,
        scheme: 'Bearer',
        header: { alg: 'ES256', kid: 'foreign-1', typ: 'at+jwt' },
        claims,
        scopes: ['a', 'b'],
      },
    })
  })

  const expired = foreign.sign({ ...claims, exp: clock.seconds() - 60 })
  const unknown = new ForeignIssuer('stranger').sign(claims)

  it.each<[string, string | undefined, number, string | undefined, string]>([
    ['no header', undefined, 401, undefined, 'credentials_missing'],
    ['an empty header', '', 401, undefined, 'credentials_missing'],
    ['another scheme', 'Basic dXNlcjpwYXNz', 401, undefined, 'credentials_missing'],
    ['a bound token with the scheme DPoP', `DPoP ${token}`, 401, undefined, 'credentials_missing'],
    ['the scheme without a token', 'Bearer', 400, 'invalid_request', 'credentials_malformed'],
    ['text after the token', `Bearer ${token} x`, 400, 'invalid_request', 'credentials_malformed'],
    ['a token that is not a JWT', 'Bearer opaque', 401, 'invalid_token', 'token_malformed'],
    ['an expired token', `Bearer ${expired}`, 401, 'invalid_token', 'token_expired'],
    ['an unknown kid', `Bearer ${unknown}`, 401, 'invalid_token', 'key_unknown'],
  ])('refuses %s', async (_, authorization, status, error, reason) => {
    const { error: refusal } = await outcomeOf(authenticator({ realm: 'things' }), bearing(authorization))
    expect(refusal).toMatchObject({ status, error, reason })
    expect(refusal?.headers['WWW-Authenticate']).toMatch(/^Bearer realm="things"/)
    expect(refusal?.headers['WWW-Authenticate']?.includes('error=')).toBe(error !== undefined)
  })

  it('refuses a request with two Authorization headers', async () => {
    const request = {
      headers: { authorization: `Bearer ${token}` },
      rawHeaders: ['Authorization', `Bearer ${token}`, 'Authorization', `Bearer ${token}`],
    }
    const { error } = await outcomeOf(authenticator(), request)
    expect(error).toMatchObject({ status: 400, error: 'invalid_request', code: 'credentials_repeated' })
  })

  it('authenticates OPTIONS like any other method', async () => {
    const request = { method: 'OPTIONS', headers: { 'access-control-request-headers': 'authorization' } }
    expect((await outcomeOf(authenticator(), request)).error).toMatchObject({ status: 401 })
  })

  it.each([
    ['alg', { alg: 'ES256\r\nSet-Cookie: a=b', kid: 'foreign-1' }],
    ['alg', { alg: 'ЕS256', kid: 'foreign-1' }],
    ['crit', { alg: 'ES256', crit: ['a\r\nb'] }],
    ['typ', { alg: 'ES256', typ: 'a\r\nb' }],
    ['kid', { alg: 'ES256', kid: 'a\r\nb' }],
  ])('sends a legal challenge for hostile characters in %s', async (_, header) => {
    const { error } = await outcomeOf(authenticator(), bearing(`Bearer ${foreign.sign(claims, header)}`))
    expect(error?.headers['WWW-Authenticate']).toBe(
      'Bearer realm="api", error="invalid_token", error_description="The access token is invalid"',
    )
  })

  it('answers an outage with 503 and no challenge, and gives the log its cause', async () => {
    const { fetch } = new FakeFetch({ [jwksUrl]: refuseConnection })
    const { error } = await outcomeOf(authenticator({ fetch }), bearing(`Bearer ${token}`))
    expect(error).toMatchObject({ status: 503, code: 'key_source_unavailable', expose: false })
    expect(error?.headers).toEqual({ 'Retry-After': expect.stringMatching(/^\d+$/) })
    expect(error?.cause).toMatchObject({ name: 'KeySourceUnavailableError', cause: expect.anything() })
  })

  it('never puts a token into an error', async () => {
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const broken = [
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature}.${signature}.${signature}`,
      `${signature}.${payload}.${signature}`,
      foreign.sign({ ...claims, exp: 1 }),
    ]
    for (const one of broken) {
      const { error } = await outcomeOf(authenticator(), bearing(`Bearer ${one}`))
      const shown = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error)
      for (const part of one.split('.')) expect(shown).not.toContain(part)
    }
  })

  it('answers a failure that is not the token’s with 503, and gives the log its cause', async () => {
    const failure = new RangeError('a fault of the program')
    const keys = {
      verificationKeys: () => {
        throw failure
      },
      trusts: () => false,
    }
    const one = new Authenticator({ issuer, audience, keys, clock })
    const { error } = await outcomeOf(one, bearing(`Bearer ${token}`))
    expect(error).toMatchObject({ status: 503, code: 'verification_unavailable', expose: false, cause: failure })
    expect(error?.message).not.toContain('a fault of the program')
  })
})

describe('authentication in optional mode', () => {
  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
  ])('lets %s pass without a context', async (_, authorization) => {
    expect(await outcomeOf(authenticator({ mode: 'optional' }), bearing(authorization))).toEqual({ auth: undefined })
  })

  it('still authenticates a good token', async () => {
    const { auth } = await outcomeOf(authenticator({ mode: 'optional' }), bearing(`Bearer ${token}`))
    expect(auth?.claims.sub).toBe('user-1')
  })

  it.each([
    ['a malformed header', 'Bearer', 400],
    ['a bad token', 'Bearer bad', 401],
    ['an expired token', `Bearer ${foreign.sign({ ...claims, exp: 1 })}`, 401],
  ])('still refuses %s', async (_, authorization, status) => {
    const { error } = await outcomeOf(authenticator({ mode: 'optional' }), bearing(authorization))
    expect(error).toMatchObject({ status })
  })

  it('still answers an outage with 503', async () => {
    const { fetch } = new FakeFetch({ [jwksUrl]: refuseConnection })
    const { error } = await outcomeOf(authenticator({ mode: 'optional', fetch }), bearing(`Bearer ${token}`))
    expect(error).toMatchObject({ status: 503 })
  })
})

describe('the continuation', () => {
  it.each([
    ['passes', `Bearer ${token}`, 'required'],
    ['is refused for its token', 'Bearer bad', 'required'],
    ['is refused for its header', 'Bearer', 'required'],
    ['is anonymous', undefined, 'optional'],
  ] as const)('is called exactly once when a request %s', async (_, authorization, mode) => {
    const calls: string[] = []
    await new Promise<void>((resolve) => {
      const note = (call: string) => () => {
        calls.push(call)
        setImmediate(resolve)
      }
      authenticator({ mode }).authenticate(bearing(authorization), { pass: note('pass'), refuse: note('refuse') })
    })
    expect(calls).toHaveLength(1)
  })

  it('is called synchronously if nothing has to be awaited', () => {
    const calls: unknown[] = []
    const continuation = { pass: () => calls.push('pass'), refuse: () => calls.push('refuse') }
    authenticator().authenticate(bearing(undefined), continuation)
    authenticator({ mode: 'optional' }).authenticate(bearing(undefined), continuation)
    expect(calls).toEqual(['refuse', 'pass'])
  })
})

describe('guards after authentication', () => {
  it('see the scopes of the token', async () => {
    const request = bearing(`Bearer ${token}`)
    await outcomeOf(authenticator({ realm: 'things' }), request)
    expect((await guardedBy(['a', 'b'], request)).auth?.claims.sub).toBe('user-1')
    expect((await guardedBy(['c'], request)).error).toMatchObject({
      status: 403,
      headers: { 'WWW-Authenticate': expect.stringContaining('"things"') },
    })
  })

  it('refuse an anonymous request that optional mode let pass', async () => {
    const request = bearing(undefined)
    await outcomeOf(authenticator({ mode: 'optional' }), request)
    expect((await guardedBy(['a'], request)).error).toMatchObject({ status: 401, error: undefined })
  })

  it('do not let a refused request pass', async () => {
    const request = bearing('Bearer bad')
    await outcomeOf(authenticator(), request)
    expect((await guardedBy(['a'], request)).error).toBeInstanceOf(ConfigurationError)
  })
})

describe('a misconfigured authenticator', () => {
  it.each<[string, object, string]>([
    ['an issuer is missing', { issuer: undefined }, 'issuer'],
    ['the realm is empty', { realm: '' }, 'realm'],
    ['the mode is unknown', { mode: 'lax' }, 'mode'],
    ['an option is unknown', { secret: 'x' }, 'secret'],
  ])('throws an error that names verifyJwt at construction if %s', (_, options, option) => {
    expect(() => authenticator(options)).toThrow(
      expect.objectContaining({ option, message: expect.stringMatching(/^verifyJwt: /) }),
    )
  })
})

describe('an authenticator', () => {
  const failure = new Error('a fault of the application')

  it.each([failure, undefined, null, 'route'])(
    'refuses a request if a token source throws %p, and does not rethrow',
    async (thrown) => {
      const tokenSource = (): undefined => {
        throw thrown as unknown as Error
      }
      for (const mode of ['required', 'optional'] as const) {
        const { error } = await outcomeOf(authenticator({ tokenSource, mode }), bearing(undefined))
        expect(error).toMatchObject({ status: 503, code: 'verification_unavailable', cause: thrown })
      }
    },
  )

  it('refuses a request if a token source rejects', async () => {
    for (const mode of ['required', 'optional'] as const) {
      const tokenSource = (): Promise<undefined> => Promise.reject(failure)
      const { error } = await outcomeOf(authenticator({ tokenSource, mode }), bearing(undefined))
      expect(error).toMatchObject({ status: 503, code: 'verification_unavailable', cause: failure })
    }
  })

  it('refuses a request after 5 seconds if a token source never settles', async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    try {
      const tokenSource = (): Promise<undefined> => new Promise(() => undefined)
      const pending = outcomeOf(authenticator({ tokenSource, mode: 'optional' }), bearing(undefined))
      jest.advanceTimersByTime(5000)
      expect((await pending).error).toMatchObject({ status: 503, code: 'verification_unavailable' })
    } finally {
      jest.useRealTimers()
    }
  })

  it('accepts a token from an asynchronous source', async () => {
    const one = authenticator({ tokenSource: async ({ headers }) => headers['x-token']?.toString() })
    const { auth } = await outcomeOf(one, { headers: { 'x-token': token } })
    expect(auth?.claims.sub).toBe('user-1')
  })

  it('reads the token from the parsed body if configured', async () => {
    const request = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    const one = authenticator({ tokenSource: formBody() })
    const { auth } = await outcome((continuation) => one.authenticate(request, continuation, { access_token: token }))
    expect(auth).toMatchObject({ scheme: 'Bearer', token })
  })

  it('names the metadata of the resource in every challenge (RFC 9728 §5.1)', async () => {
    const one = authenticator({ resourceMetadataUrl: 'https://api.example.com/.well-known/oauth-protected-resource' })
    const suffix = 'resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"'
    for (const authorization of [undefined, 'Bearer', 'Bearer bad']) {
      const { error } = await outcomeOf(one, bearing(authorization))
      expect(String(error?.headers['WWW-Authenticate']).endsWith(`, ${suffix}`)).toBe(true)
    }
    const request = bearing(`Bearer ${token}`)
    await outcomeOf(one, request)
    expect((await guardedBy(['c'], request)).error?.headers['WWW-Authenticate']).toContain(suffix)
  })

  it('returns its own auth context of a request that another authenticator handled too', async () => {
    const request = bearing(`Bearer ${token}`)
    const [one, other, third] = [authenticator(), authenticator({ scopeClaim: 'sub' }), authenticator()]
    await outcomeOf(one, request)
    await outcomeOf(other, request)
    expect(one.authOf(request)?.scopes).toEqual(['a', 'b'])
    expect(other.authOf(request)?.scopes).toEqual(['user-1'])
    expect(third.authOf(request)).toBeUndefined()
  })

  it('lets a guard see the login claims that a schema of the application drops', async () => {
    const dropping = { version: 1, vendor: 'by hand', validate: () => ({ value: { sub: 'user-1' } }) } as const
    const one = new Authenticator({
      issuer,
      audience,
      jwksUrl,
      clock,
      fetch: new FakeFetch({ [jwksUrl]: foreign.jwks }).fetch,
      claims: { '~standard': dropping },
    })
    const request = bearing(`Bearer ${foreign.sign({ ...claims, acr: 'gold', auth_time: clock.seconds() })}`)
    await new Promise<void>((pass, refuse) => one.authenticate(request, { pass: () => pass(), refuse }))
    const guard = authenticationGuard({ acrValues: ['gold'], maxAge: '1m', clock })
    expect((await outcome((continuation) => guard(request, continuation))).error).toBeUndefined()
  })
})

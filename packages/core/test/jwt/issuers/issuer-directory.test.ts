import { ConfigurationError, TokenError, VerificationUnavailableError } from '../../../src/errors.ts'
import { TokenIssuer } from '../../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { IssuerOptions } from '../../../src/jwt/issuers/issuer-options.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'
import { ManualClock } from '../../support/clock.ts'
import { type FakeFetch, refuseConnection } from '../../support/fake-fetch.ts'
import { audience } from '../../support/foreign-issuer.ts'
import { published, Tenant } from './tenant.ts'

const clock = new ManualClock()
const now = clock.seconds()

const acme = new Tenant('acme', clock)
const beta = new Tenant('beta', clock)
const evil = new Tenant('evil', clock)

const publishedByAll = (): FakeFetch => published(acme, beta, evil)

function verifier(options: VerifierOptions, remote = publishedByAll()): TokenVerifier {
  return new TokenVerifier({ clock, fetch: remote.fetch, ...options })
}

async function faultOf(one: TokenVerifier, token: string): Promise<string | undefined> {
  try {
    await one.verify(token)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(TokenError)
    return (error as TokenError).code
  }
}

describe('several issuers', () => {
  const both: VerifierOptions = { issuers: [acme.options, beta.options] }

  it('are each trusted with their own keys', async () => {
    const one = verifier(both)
    expect(await faultOf(one, acme.issue())).toBeUndefined()
    expect(await faultOf(one, beta.issue())).toBeUndefined()
  })

  it('cannot sign for each other', async () => {
    expect(await faultOf(verifier(both), evil.issue({ iss: acme.iss }))).toBe('signature_invalid')
    expect(await faultOf(verifier(both), beta.issue({ iss: acme.iss }))).toBe('signature_invalid')
  })

  it('have keys fetched only from the issuer that the token names', async () => {
    const remote = publishedByAll()
    await verifier(both, remote).verify(beta.issue())
    expect(remote.urls).toEqual([beta.jwksUrl])
  })

  it.each<[string, unknown]>([
    ['is an unknown issuer', evil.iss],
    ['has an extra slash', `${acme.iss}/`],
    ['differs in case', acme.iss.toUpperCase()],
    ['has white space', ` ${acme.iss}`],
    ['is a list', [acme.iss]],
    ['is missing', undefined],
    ['is null', null],
    ['is an inherited member name', 'constructor'],
  ])('cause no fetch for a token whose `iss` %s', async (_, iss) => {
    const remote = publishedByAll()
    expect(await faultOf(verifier(both, remote), evil.issue({ iss }))).toBe('issuer_mismatch')
    expect(remote.requests).toEqual([])
  })

  const rules: readonly (readonly [string, Partial<IssuerOptions>, object, object, string])[] = [
    ['audience', { audience: 'acme-only' }, {}, {}, 'audience_mismatch'],
    ['algorithms', { algorithms: ['RS256'] }, {}, {}, 'algorithm_not_accepted'],
    ['profile', { profile: 'rfc9068' }, {}, {}, 'type_not_accepted'],
    ['requiredClaims', { requiredClaims: ['tenant'] }, {}, {}, 'claim_missing'],
    ['maxTokenAge', { maxTokenAge: '1m' }, { iat: now - 100 }, {}, 'token_too_old'],
    ['clockTolerance', { clockTolerance: 0 }, { exp: now - 1 }, {}, 'token_expired'],
  ]

  it.each(rules)('have their own rules: %s', async (_, rule, claims, header, fault) => {
    for (const issuers of [
      [{ ...acme.options, ...rule }, beta.options],
      [beta.options, { ...acme.options, ...rule }],
    ]) {
      const one = verifier({ issuers })
      expect(await faultOf(one, acme.issue(claims, header))).toBe(fault)
      expect(await faultOf(one, beta.issue(claims, header))).toBeUndefined()
    }
  })

  it.each(rules)('inherit shared options and may override them: %s', async (_, rule, claims, header, fault) => {
    const { audience: _audience, ...silent } = acme.options
    const one = verifier({ audience, ...rule, issuers: [silent, { ...beta.options, ...relaxed }] })
    expect(await faultOf(one, acme.issue(claims, header))).toBe(fault)
    expect(await faultOf(one, beta.issue(claims, header))).toBeUndefined()
  })

  it.each(rules)('inherit a shared option if their own is undefined: %s', async (_, rule, claims, header, fault) => {
    const undefinedRule = Object.fromEntries(Object.keys(rule).map((name) => [name, undefined]))
    const { audience: _audience, ...silent } = acme.options
    const one = verifier({ audience, ...rule, issuers: [{ ...silent, ...undefinedRule }] })
    expect(await faultOf(one, acme.issue(claims, header))).toBe(fault)
  })

  const relaxed: IssuerOptions = {
    algorithms: ['ES256'],
    profile: 'jwt',
    requiredClaims: ['iss'],
    maxTokenAge: '1h',
    clockTolerance: '5s',
  }

  it('are not affected by an outage of another issuer', async () => {
    const remote = publishedByAll()
    remote.answers.set(acme.jwksUrl, refuseConnection)
    const one = verifier(both, remote)
    await expect(one.verify(acme.issue())).rejects.toMatchObject({ code: 'key_source_unavailable' })
    expect(await faultOf(one, beta.issue())).toBeUndefined()
  })

  it('may mix local HMAC keys and public keys without algorithm confusion', async () => {
    const keys = new LocalKeyProvider({ clock })
    await keys.createKey({ alg: 'HS256', kid: acme.kid })
    const local = { issuer: 'internal', audience, keys, algorithms: ['HS256'] }
    const one = verifier({ issuers: [local, acme.options] })
    const tokens = (issuer: string): TokenIssuer => new TokenIssuer({ keys, issuer, audience, clock })
    expect(await faultOf(one, await tokens('internal').issue({ sub: 'a' }))).toBeUndefined()
    expect(await faultOf(one, await tokens(acme.iss).issue({ sub: 'a' }))).toBe('algorithm_not_accepted')
    expect(await faultOf(one, acme.issue({ iss: 'internal' }))).toBe('algorithm_not_accepted')
  })

  it.each<[string, object, string]>([
    ['an empty list', { issuers: [] }, 'issuers'],
    ['an object', { issuers: acme.options }, 'issuers'],
    ['a list of names', { issuers: [acme.iss] }, 'issuers'],
    ['a list with a duplicate', { issuers: [acme.options, { ...acme.options, audience: 'other' }] }, 'issuers'],
    ['a list with an issuer without a name', { issuers: [acme.options, { audience }] }, 'issuer'],
    ['a list with an issuer without an audience', { issuers: [acme.options, { issuer: beta.iss }] }, 'audience'],
    ['a list with an unknown option', { issuers: [acme.options, { ...beta.options, audiance: 'x' }] }, 'audiance'],
    [
      'a list with an option that does not belong to an issuer',
      { issuers: [{ ...beta.options, realm: 'x' }] },
      'realm',
    ],
    ['a list next to `issuer`', { issuers: [acme.options], issuer: beta.iss }, 'issuer'],
    ['a list next to `jwksUrl`', { issuers: [acme.options], jwksUrl: beta.jwksUrl }, 'jwksUrl'],
    ['a list next to `keys`', { issuers: [acme.options], keys: new LocalKeyProvider() }, 'keys'],
    ['a resolver that is not a function', { resolveIssuer: 'x' }, 'resolveIssuer'],
  ])('cannot be configured as %s', (_, options, option) => {
    expect(() => verifier(options)).toThrow(ConfigurationError)
    expect(() => verifier(options)).toThrow(expect.objectContaining({ option }))
  })

  it('are identified by index in the error', () => {
    expect(() => verifier({ issuers: [acme.options, { issuer: beta.iss }] })).toThrow(
      /^TokenVerifier: issuers\[1\]: option `audience`/,
    )
  })
})

describe('a resolved issuer', () => {
  const tenants: Readonly<Record<string, Tenant>> = { [acme.iss]: acme, [beta.iss]: beta }

  /** Creates a resolver that knows the tenants and records its calls. */
  function resolver(asked: string[] = []): (iss: string) => Promise<IssuerOptions | undefined> {
    return async (iss) => {
      asked.push(iss)
      return tenants[iss]?.options
    }
  }

  it('is trusted with its keys and rules', async () => {
    const one = verifier({ resolveIssuer: resolver() })
    expect(await faultOf(one, acme.issue())).toBeUndefined()
    expect(await faultOf(one, beta.issue())).toBeUndefined()
    expect(await faultOf(one, beta.issue({ iss: acme.iss }))).toBe('signature_invalid')
    expect(await faultOf(one, beta.issue({ aud: 'other' }))).toBe('audience_mismatch')
  })

  it('may be returned without a promise', async () => {
    expect(await faultOf(verifier({ resolveIssuer: (iss) => tenants[iss]?.options }), acme.issue())).toBeUndefined()
  })

  it('inherits shared options', async () => {
    const one = verifier({ audience, resolveIssuer: () => ({ jwksUrl: acme.jwksUrl }) })
    expect(await faultOf(one, acme.issue())).toBeUndefined()
  })

  it('is not trusted if the resolver returns undefined, and nothing is fetched', async () => {
    const remote = publishedByAll()
    expect(await faultOf(verifier({ resolveIssuer: resolver() }, remote), evil.issue())).toBe('issuer_mismatch')
    expect(remote.requests).toEqual([])
  })

  it('is not trusted under another name (RFC 8725 §3.8)', async () => {
    const one = verifier({ resolveIssuer: () => acme.options })
    expect(await faultOf(one, acme.issue())).toBeUndefined()
    expect(await faultOf(one, acme.issue({ iss: evil.iss }))).toBe('issuer_mismatch')
  })

  it('is resolved once for many tokens, and its keys are fetched once', async () => {
    const asked: string[] = []
    const remote = publishedByAll()
    const one = verifier({ resolveIssuer: resolver(asked) }, remote)
    await Promise.all(Array.from({ length: 10 }, () => one.verify(acme.issue())))
    await one.verify(acme.issue())
    expect(asked).toEqual([acme.iss])
    expect(remote.urls).toEqual([acme.jwksUrl])
  })

  it.each([
    ['is not a JWT', 'a.b.c'],
    ['has no signature', acme.issue({}, { alg: 'none' })],
    ['has the type of another kind of token', acme.issue({}, { typ: 'logout+jwt' })],
    ['has a critical header', acme.issue({}, { crit: ['x'], x: 1 })],
    ['has no `iss`', acme.issue({ iss: undefined })],
    ['has a list as `iss`', acme.issue({ iss: [acme.iss] })],
    ['is too long', acme.issue({ text: 'a'.repeat(16_384) })],
  ])('is not resolved if the token %s', async (_, token) => {
    const asked: string[] = []
    expect(await faultOf(verifier({ resolveIssuer: resolver(asked) }), token)).toEqual(expect.any(String))
    expect(asked).toEqual([])
  })

  it('is not resolved if the options name it', async () => {
    const asked: string[] = []
    const one = verifier({ issuers: [acme.options], resolveIssuer: resolver(asked) })
    await one.verify(acme.issue())
    await one.verify(beta.issue())
    expect(asked).toEqual([beta.iss])
  })

  const failure = new Error('the database is down')

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw failure
      },
    ],
    ['rejects', () => Promise.reject(failure)],
    ['returns invalid rules', () => ({ jwksUrl: 'nowhere' })],
    ['returns a string', () => 'yes'],
  ])('makes the verification unavailable if the resolver %s', async (_, resolveIssuer) => {
    const one = verifier({ audience, resolveIssuer: resolveIssuer as () => undefined })
    const refusal: unknown = await one.verify(acme.issue()).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(VerificationUnavailableError)
    expect(refusal).toMatchObject({ code: 'verification_unavailable', cause: expect.anything() })
  })

  it('is resolved again after the resolver failed', async () => {
    let failures = 1
    const one = verifier({ resolveIssuer: () => (failures-- > 0 ? Promise.reject(failure) : acme.options) })
    await expect(one.verify(acme.issue())).rejects.toMatchObject({ cause: failure })
    expect(await faultOf(one, acme.issue())).toBeUndefined()
  })

  it('makes the verification unavailable after five seconds, and is resolved again for the next token', async () => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    try {
      let hangs = true
      const one = verifier({ resolveIssuer: () => (hangs ? new Promise(() => undefined) : acme.options) })
      const refused = expect(one.verify(acme.issue())).rejects.toBeInstanceOf(VerificationUnavailableError)
      jest.advanceTimersByTime(5000)
      await refused
      hangs = false
      expect(await faultOf(one, acme.issue())).toBeUndefined()
    } finally {
      jest.useRealTimers()
    }
  })
})

describe('close', () => {
  it.each<[string, VerifierOptions]>([
    ['named', { issuers: [acme.options] }],
    ['resolved', { resolveIssuer: () => acme.options }],
  ])('aborts the key fetches of %s issuers', async (_, options) => {
    const remote = publishedByAll()
    let isAsked!: () => void
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve
    })
    remote.answers.set(acme.jwksUrl, ({ signal }) => {
      isAsked()
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
      })
    })
    const one = verifier(options, remote)
    const waiting = one.verify(acme.issue())
    await asked
    one.close()
    await expect(waiting).rejects.toMatchObject({ code: 'key_source_unavailable' })
  })

  it('does not close a given key provider', async () => {
    const keys = new LocalKeyProvider({ clock })
    await keys.createKey({ alg: 'ES256' })
    const one = new TokenVerifier({ issuer: 'me', audience, keys, clock })
    one.close()
    const token = await new TokenIssuer({ keys, issuer: 'me', audience, clock }).issue({ sub: 'a' })
    expect((await one.verify(token)).claims.sub).toBe('a')
  })
})

import { ConfigurationError } from '../../../src/errors.ts'
import { claimsGuard } from '../../../src/http/guards/claims-guard.ts'
import { allScopesGuard, anyScopeGuard, authenticationGuard, type Guard } from '../../../src/http/guards/guards.ts'
import { type ChallengeContext, RequestRefusedError } from '../../../src/http/refusals/refusal.ts'
import { ManualClock } from '../../support/clock.ts'
import { judged, requestWith } from './granted.ts'

const clock = new ManualClock()

describe('a guard that requires all of several scopes', () => {
  it.each([
    ['the only required scope', ['a'], ['a']],
    ['all of several scopes', ['a', 'b'], ['b', 'a']],
    ['more scopes than required', ['a'], ['a', 'b', 'c']],
    ['scopes with punctuation', ['reports:read', 'https://x/y'], ['reports:read', 'https://x/y']],
  ])('lets a request pass that has %s', async (_, required, scopes) => {
    expect((await judged(allScopesGuard(...required), requestWith({ scopes }))).auth).toMatchObject({ scopes })
  })

  it.each([
    ['no scope', ['a'], []],
    ['only the first scope', ['a', 'b'], ['a']],
    ['only the second scope', ['a', 'b'], ['b']],
    ['the scope in another case', ['a'], ['A']],
    ['a longer scope with the same beginning', ['reports'], ['reports:read']],
    ['only the beginning of the scope', ['reports:read'], ['reports']],
    ['both scopes in one string', ['a', 'b'], ['a b']],
  ])('refuses a request that has %s', async (_, required, scopes) => {
    const { error } = await judged(allScopesGuard(...required), requestWith({ scopes }))
    expect(error).toBeInstanceOf(RequestRefusedError)
    expect(error).toMatchObject({ status: 403, error: 'insufficient_scope', code: 'scope_insufficient' })
    expect(error?.headers['WWW-Authenticate']).toBe(
      'Bearer realm="things", error="insufficient_scope", ' +
        `error_description="The access token does not have the required scope", scope="${required.join(' ')}"`,
    )
  })

  it('builds its challenge once for each authenticator', async () => {
    const guard = allScopesGuard('a')
    const headersFor = async (context: ChallengeContext): Promise<unknown> =>
      (await judged(guard, requestWith({ scopes: [] }, context))).error?.headers
    const [things, others] = [{ realm: 'things' }, { realm: 'others' }]
    expect(await headersFor(things)).toBe(await headersFor(things))
    expect(await headersFor(others)).toEqual({ 'WWW-Authenticate': expect.stringContaining('realm="others"') })
    expect(await headersFor(things)).toEqual({ 'WWW-Authenticate': expect.stringContaining('realm="things"') })
  })

  it('ignores an auth context that the application set on the request', async () => {
    const request = Object.assign(requestWith({ scopes: [] }), { auth: { scopes: ['a'] } })
    expect((await judged(allScopesGuard('a'), request)).error).toMatchObject({ status: 403 })
  })
})

describe('a guard that requires one of several scopes', () => {
  it.each([[['a']], [['b']], [['x', 'b']], [['a', 'b']]])('lets a request with the scopes %p pass', async (scopes) => {
    expect((await judged(anyScopeGuard('a', 'b'), requestWith({ scopes }))).auth).toMatchObject({ scopes })
  })

  it.each([[[]], [['x']], [['A']], [['ab']], [['a b']]])(
    'refuses a request with the scopes %p and names both required ones',
    async (scopes) => {
      const { error } = await judged(anyScopeGuard('a', 'b'), requestWith({ scopes }))
      expect(error).toMatchObject({ status: 403, error: 'insufficient_scope', code: 'scope_insufficient' })
      expect(error?.headers['WWW-Authenticate']).toMatch(/, scope="a b"$/)
    },
  )
})

describe('a guard that requires a better login (RFC 9470)', () => {
  const now = clock.seconds()
  const strong = { acrValues: ['gold', 'silver'], clock }
  const recent = { maxAge: '5m', clock } as const

  it.each([
    ['the first acr', strong, { acr: 'gold' }],
    ['the second acr', strong, { acr: 'silver' }],
    ['a login of exactly the maximum age', recent, { auth_time: now - 300 }],
    ['a login at this moment', { maxAge: 0, clock }, { auth_time: now }],
    ['a login in the future within the default tolerance', recent, { auth_time: now + 5 }],
    [
      'a login in the future within the configured tolerance',
      { ...recent, clockTolerance: '1m' },
      { auth_time: now + 60 },
    ],
    ['a login at a fraction of a second', recent, { auth_time: now - 299.5 }],
    ['both', { ...strong, ...recent }, { acr: 'gold', auth_time: now - 1 }],
  ] as const)('lets a request pass that has %s', async (_, requirement, claims) => {
    expect((await judged(authenticationGuard(requirement), requestWith({ claims }))).auth?.claims).toMatchObject(claims)
  })

  it.each<[string, object, object, string]>([
    ['no acr', strong, {}, 'acr_values="gold silver"'],
    ['another acr', strong, { acr: 'bronze' }, 'acr_values="gold silver"'],
    ['an acr in another case', strong, { acr: 'Gold' }, 'acr_values="gold silver"'],
    ['several acr values in one string', strong, { acr: 'gold silver' }, 'acr_values="gold silver"'],
    ['a list of acr', strong, { acr: ['gold'] }, 'acr_values="gold silver"'],
    ['no auth_time', recent, {}, 'max_age="300"'],
    ['a login older than the maximum age', recent, { auth_time: now - 301 }, 'max_age="300"'],
    ['a login in the future', recent, { auth_time: now + 6 }, 'max_age="300"'],
    ['a login in milliseconds', recent, { auth_time: now * 1000 }, 'max_age="300"'],
    [
      'a login in the future without a tolerance',
      { ...recent, clockTolerance: 0 },
      { auth_time: now + 1 },
      'max_age="300"',
    ],
    [
      'a login older than the maximum age but within the tolerance',
      { ...recent, clockTolerance: '1h' },
      { auth_time: now - 301 },
      'max_age="300"',
    ],
    ['an infinite auth_time', recent, { auth_time: Number.POSITIVE_INFINITY }, 'max_age="300"'],
    ['an auth_time that is a string', recent, { auth_time: String(now) }, 'max_age="300"'],
    ['only the required acr', { ...strong, ...recent }, { acr: 'gold' }, 'acr_values="gold silver", max_age="300"'],
    ['only the required age', { ...strong, ...recent }, { auth_time: now }, 'acr_values="gold silver", max_age="300"'],
  ])('refuses a request that has %s', async (_, requirement, claims, parameters) => {
    const { error } = await judged(authenticationGuard(requirement), requestWith({ claims }))
    expect(error).toMatchObject({ status: 401, code: 'authentication_insufficient' })
    expect(error?.headers).toEqual({
      'WWW-Authenticate':
        'Bearer realm="things", error="insufficient_user_authentication", ' +
        `error_description="A stronger or more recent authentication is required", ${parameters}`,
    })
  })

  it.each<[string, object | undefined]>([
    ['no requirement', {}],
    ['undefined', undefined],
    ['no acr value', { acrValues: [] }],
    ['an empty acr value', { acrValues: [''] }],
    ['acr values in one string', { acrValues: 'gold silver' }],
    ['an acr value with a space', { acrValues: ['gold silver'] }],
    ['a quotation mark', { acrValues: ['a"'] }],
    ['a negative age', { maxAge: -1 }],
    ['an age without a unit', { maxAge: '5' }],
    ['a negative tolerance', { maxAge: 5, clockTolerance: -1 }],
    ['only a tolerance', { clockTolerance: '5s' }],
    ['an unknown member', { acrValues: ['gold'], maxage: 5 }],
  ])('cannot be created with %s', (_, requirement) => {
    expect(() => authenticationGuard(requirement as never)).toThrow(ConfigurationError)
  })
})

describe.each<[string, Guard]>([
  ['requireScopes', allScopesGuard('a')],
  ['requireAnyScope', anyScopeGuard('a')],
  ['requireClaims', claimsGuard(() => true)],
  ['requireAuthentication', authenticationGuard({ acrValues: ['gold'] })],
])('the guard %s', (_, guard) => {
  it('refuses an anonymous request with 401 and no error', async () => {
    const { error } = await judged(guard, requestWith(undefined))
    expect(error).toMatchObject({ status: 401, error: undefined, code: 'credentials_missing' })
    expect(error?.headers).toEqual({ 'WWW-Authenticate': 'Bearer realm="things"' })
  })

  it('never lets a request pass without authentication', async () => {
    expect((await judged(guard, { headers: {} })).error).toBeInstanceOf(ConfigurationError)
    expect((await judged(guard, { auth: { scopes: ['a'] } })).error).toBeInstanceOf(ConfigurationError)
  })
})

describe.each([
  ['requireScopes', allScopesGuard],
  ['requireAnyScope', anyScopeGuard],
])('the scopes of %s', (_, guardOf) => {
  it.each<[string, unknown[]]>([
    ['no scope', []],
    ['an empty scope', ['']],
    ['several scopes in one string', ['a b']],
    ['an array', [['a', 'b']]],
    ['undefined', [undefined]],
    ['undefined after a scope', ['a', undefined]],
    ['a number', [5]],
    ['a quotation mark', ['a"']],
    ['a backslash', ['a\\']],
    ['a line break', ['a\n']],
    ['a letter beyond ASCII', ['é']],
  ])('cannot require %s', (_what, scopes) => {
    expect(() => guardOf(...(scopes as string[]))).toThrow(ConfigurationError)
  })
})

describe('a guard that awaits nothing', () => {
  it.each<[string, Guard]>([
    ['all of several scopes', allScopesGuard('a', 'b')],
    ['one of several scopes', anyScopeGuard('a', 'c')],
    ['claims', claimsGuard({ tenant: 'acme' })],
    ['a login', authenticationGuard({ acrValues: ['gold'] })],
  ])('decides synchronously on %s', (_, guard) => {
    const decisions: string[] = []
    const continuation = { pass: () => decisions.push('pass'), refuse: () => decisions.push('refuse') }
    guard(requestWith({ scopes: ['a', 'b'], claims: { tenant: 'acme', acr: 'gold' } }), continuation)
    guard(requestWith({}), continuation)
    expect(decisions).toEqual(['pass', 'refuse'])
  })
})

import { ConfigurationError } from '../../src/errors.ts'
import { rememberAuthentication } from '../../src/http/authentication.ts'
import { allScopesGuard, anyScopeGuard, authenticationGuard, claimsGuard, type Guard } from '../../src/http/guards.ts'
import { type ChallengeContext, RequestRefusedError } from '../../src/http/refusal.ts'
import { ManualClock } from '../support/clock.ts'
import { type Outcome, outcomeOf } from './outcome.ts'

interface Granted {
  readonly scopes?: readonly string[]
  readonly claims?: object
}

const clock = new ManualClock()

/** A request that was authenticated, or that optional mode let pass without a context. */
function requestWith(granted: Granted | undefined, context: ChallengeContext = { realm: 'things' }): object {
  const request = { headers: {} }
  const auth = granted && {
    token: 'token',
    scheme: 'Bearer' as const,
    header: { alg: 'ES256' },
    claims: { iss: 'issuer', exp: 1, ...granted.claims },
    scopes: granted.scopes ?? [],
  }
  rememberAuthentication(request, { auth, context })
  return request
}

function judged(guard: Guard, request: object): Promise<Outcome> {
  return outcomeOf((continuation) => guard(request, continuation))
}

describe('a guard that requires all of several scopes', () => {
  it.each([
    ['the one', ['a'], ['a']],
    ['all of several', ['a', 'b'], ['b', 'a']],
    ['more than all', ['a'], ['a', 'b', 'c']],
    ['scopes with punctuation', ['reports:read', 'https://x/y'], ['reports:read', 'https://x/y']],
  ])('lets a request pass that has %s', async (_, required, scopes) => {
    expect((await judged(allScopesGuard(...required), requestWith({ scopes }))).auth).toMatchObject({ scopes })
  })

  it.each([
    ['none', ['a'], []],
    ['only the first', ['a', 'b'], ['a']],
    ['only the second', ['a', 'b'], ['b']],
    ['it in another case', ['a'], ['A']],
    ['one that begins alike', ['reports'], ['reports:read']],
    ['one that is longer than wanted', ['reports:read'], ['reports']],
    ['both in one string', ['a', 'b'], ['a b']],
  ])('refuses a request that has %s', async (_, required, scopes) => {
    const { error } = await judged(allScopesGuard(...required), requestWith({ scopes }))
    expect(error).toBeInstanceOf(RequestRefusedError)
    expect(error).toMatchObject({ status: 403, error: 'insufficient_scope', code: 'scope_insufficient' })
    expect(error?.headers['WWW-Authenticate']).toBe(
      'Bearer realm="things", error="insufficient_scope", ' +
        `error_description="The access token does not have the required scope", scope="${required.join(' ')}"`,
    )
  })

  it('has its challenge built once for each authenticator', async () => {
    const guard = allScopesGuard('a')
    const headersFor = async (context: ChallengeContext): Promise<unknown> =>
      (await judged(guard, requestWith({ scopes: [] }, context))).error?.headers
    const [things, others] = [{ realm: 'things' }, { realm: 'others' }]
    expect(await headersFor(things)).toBe(await headersFor(things))
    expect(await headersFor(others)).toEqual({ 'WWW-Authenticate': expect.stringContaining('realm="others"') })
    expect(await headersFor(things)).toEqual({ 'WWW-Authenticate': expect.stringContaining('realm="things"') })
  })

  it('does not believe what the application wrote on the request', async () => {
    const request = Object.assign(requestWith({ scopes: [] }), { auth: { scopes: ['a'] } })
    expect((await judged(allScopesGuard('a'), request)).error).toMatchObject({ status: 403 })
  })
})

describe('a guard that requires one of several scopes', () => {
  it.each([[['a']], [['b']], [['x', 'b']], [['a', 'b']]])('lets %p pass', async (scopes) => {
    expect((await judged(anyScopeGuard('a', 'b'), requestWith({ scopes }))).auth).toMatchObject({ scopes })
  })

  it.each([[[]], [['x']], [['A']], [['ab']], [['a b']]])('refuses %p, and names them all', async (scopes) => {
    const { error } = await judged(anyScopeGuard('a', 'b'), requestWith({ scopes }))
    expect(error).toMatchObject({ status: 403, error: 'insufficient_scope', code: 'scope_insufficient' })
    expect(error?.headers['WWW-Authenticate']).toMatch(/, scope="a b"$/)
  })
})

describe('a guard that requires claims', () => {
  const claims = { tenant: 'acme', roles: ['admin', 'dev'], org: { id: 7, tags: ['x'] }, level: 3, sub: null }

  it.each<[string, Record<string, unknown>]>([
    ['a string', { tenant: 'acme' }],
    ['a number', { level: 3 }],
    ['null', { sub: null }],
    ['a member of an array', { roles: 'admin' }],
    ['a whole array', { roles: ['admin', 'dev'] }],
    ['an object, deeply', { org: { tags: ['x'], id: 7 } }],
    ['several claims', { tenant: 'acme', roles: 'dev' }],
  ])('lets a request pass that has %s', async (_, expected) => {
    expect((await judged(claimsGuard(expected), requestWith({ claims }))).auth?.claims).toMatchObject(claims)
  })

  it.each<[string, Record<string, unknown>]>([
    ['another string', { tenant: 'acme2' }],
    ['another case', { tenant: 'ACME' }],
    ['another type', { level: '3' }],
    ['no such claim', { group: 'x' }],
    ['no such member', { roles: 'root' }],
    ['a part of a member', { roles: 'adm' }],
    ['the array in another order', { roles: ['dev', 'admin'] }],
    ['a part of the array, asked for as an array', { roles: ['admin'] }],
    ['a part of the object', { org: { id: 7 } }],
    ['only one of several', { tenant: 'acme', level: 4 }],
  ])('refuses a request that has %s', async (_, expected) => {
    const { error } = await judged(claimsGuard(expected), requestWith({ claims }))
    expect(error).toMatchObject({ status: 403, error: 'insufficient_scope', code: 'claims_insufficient' })
    expect(error?.headers).toEqual({
      'WWW-Authenticate':
        'Bearer realm="things", error="insufficient_scope", ' +
        'error_description="The access token does not grant this request"',
    })
  })

  it.each([
    ['at once', () => true],
    ['later', async () => true],
    ['by the claims', (given: Record<string, unknown>) => given['tenant'] === 'acme'],
  ])('passes where the predicate says yes: %s', async (_, predicate) => {
    expect((await judged(claimsGuard(predicate as never), requestWith({ claims }))).error).toBeUndefined()
  })

  it.each([
    ['false', () => false],
    ['false, later', async () => false],
    ['undefined', () => undefined],
    ['something else than true', () => 1],
    ['a text', () => 'yes'],
    ['an object, later', async () => ({})],
  ])('refuses where the predicate says %s', async (_, predicate) => {
    const { error } = await judged(claimsGuard(predicate as never), requestWith({ claims }))
    expect(error).toMatchObject({ status: 403, code: 'claims_insufficient' })
  })

  const fault = new Error('a fault of the program')

  it.each([
    [
      'throws',
      () => {
        throw fault
      },
    ],
    ['rejects', () => Promise.reject(fault)],
  ])('hands on the error where the predicate %s', async (_, predicate) => {
    expect((await judged(claimsGuard(predicate), requestWith({ claims }))).error).toBe(fault)
  })

  it.each([undefined, null, false, 0, '', 'route'])(
    'refuses with an error, and nothing that a framework takes for none, where the predicate throws %p',
    async (thrown) => {
      const predicate = (): Promise<boolean> => Promise.reject(thrown)
      const { error } = await judged(claimsGuard(predicate), requestWith({ claims }))
      expect(Object.prototype.toString.call(error)).toBe('[object Error]')
    },
  )

  it.each([
    ['nothing', {}],
    ['null', null],
    ['undefined', undefined],
    ['a string', 'admin'],
  ])('cannot be made with %s', (_, expected) => {
    expect(() => claimsGuard(expected as object as Record<string, unknown>)).toThrow(ConfigurationError)
  })
})

describe('a guard that requires a better login (RFC 9470)', () => {
  const now = clock.seconds()
  const strong = { acrValues: ['gold', 'silver'], clock }
  const recent = { maxAge: '5m', clock } as const

  it.each([
    ['the first acr', strong, { acr: 'gold' }],
    ['the second acr', strong, { acr: 'silver' }],
    ['a login that is just recent enough', recent, { auth_time: now - 300 }],
    ['a login at this moment', { maxAge: 0, clock }, { auth_time: now }],
    ['both', { ...strong, ...recent }, { acr: 'gold', auth_time: now - 1 }],
  ])('lets a request pass that has %s', async (_, requirement, claims) => {
    expect((await judged(authenticationGuard(requirement), requestWith({ claims }))).auth?.claims).toMatchObject(claims)
  })

  it.each<[string, object, object, string]>([
    ['no acr', strong, {}, 'acr_values="gold silver"'],
    ['another acr', strong, { acr: 'bronze' }, 'acr_values="gold silver"'],
    ['an acr in another case', strong, { acr: 'Gold' }, 'acr_values="gold silver"'],
    ['several acr in one', strong, { acr: 'gold silver' }, 'acr_values="gold silver"'],
    ['a list of acr', strong, { acr: ['gold'] }, 'acr_values="gold silver"'],
    ['no auth_time', recent, {}, 'max_age="300"'],
    ['an older login', recent, { auth_time: now - 301 }, 'max_age="300"'],
    ['an endless auth_time', recent, { auth_time: Number.POSITIVE_INFINITY }, 'max_age="300"'],
    ['an auth_time that is a string', recent, { auth_time: String(now) }, 'max_age="300"'],
    ['only the acr', { ...strong, ...recent }, { acr: 'gold' }, 'acr_values="gold silver", max_age="300"'],
    ['only the age', { ...strong, ...recent }, { auth_time: now }, 'acr_values="gold silver", max_age="300"'],
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
    ['nothing', {}],
    ['undefined', undefined],
    ['no acr value', { acrValues: [] }],
    ['an empty acr value', { acrValues: [''] }],
    ['acr values in one string', { acrValues: 'gold silver' }],
    ['an acr value with a space', { acrValues: ['gold silver'] }],
    ['a quotation mark', { acrValues: ['a"'] }],
    ['a negative age', { maxAge: -1 }],
    ['an age without a unit', { maxAge: '5' }],
    ['an unknown member', { acrValues: ['gold'], maxage: 5 }],
  ])('cannot be made with %s', (_, requirement) => {
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

  it('never lets a request pass that nothing has authenticated', async () => {
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
    ['undefined behind a scope', ['a', undefined]],
    ['a number', [5]],
    ['a quotation mark', ['a"']],
    ['a backslash', ['a\\']],
    ['a line break', ['a\n']],
    ['a letter beyond ASCII', ['é']],
  ])('cannot be %s', (_what, scopes) => {
    expect(() => guardOf(...(scopes as string[]))).toThrow(ConfigurationError)
  })
})

describe('a guard that has nothing to wait for', () => {
  it.each<[string, Guard]>([
    ['all of several scopes', allScopesGuard('a', 'b')],
    ['one of several scopes', anyScopeGuard('a', 'c')],
    ['claims', claimsGuard({ tenant: 'acme' })],
    ['a login', authenticationGuard({ acrValues: ['gold'] })],
  ])('has decided when it returns: %s', (_, guard) => {
    const decisions: string[] = []
    const continuation = { pass: () => decisions.push('pass'), refuse: () => decisions.push('refuse') }
    guard(requestWith({ scopes: ['a', 'b'], claims: { tenant: 'acme', acr: 'gold' } }), continuation)
    guard(requestWith({}), continuation)
    expect(decisions).toEqual(['pass', 'refuse'])
  })
})

import { ConfigurationError, PredicateError } from '../../../src/errors.ts'
import type { ClaimValue, RequiredClaims } from '../../../src/http/guards/claim-expectation.ts'
import { claim, claimsGuard } from '../../../src/http/guards/claims-guard.ts'
import { foreignPromise, thenable } from '../../support/promises.ts'
import { judged, requestWith } from './granted.ts'

const claims = {
  tenant: 'acme',
  roles: ['admin', 'dev'],
  org: { id: 7, tags: ['x', 'y'], owner: { name: 'Ann' } },
  teams: [{ name: 'ops', lead: true }, { name: 'dev' }],
  grid: [['a'], ['b']],
  level: 3,
  sub: null,
  'https://api.example.com/roles': ['admin'],
  'a.b': { c: 1 },
}

describe('a guard that requires claims', () => {
  it.each<[string, Record<string, unknown>]>([
    ['a string', { tenant: 'acme' }],
    ['a number', { level: 3 }],
    ['null', { sub: null }],
    ['an element of an array', { roles: 'admin' }],
    ['a whole array', { roles: ['admin', 'dev'] }],
    ['a nested object', { org: { owner: { name: 'Ann' }, tags: ['x', 'y'], id: 7 } }],
    ['a member of an object', { org: { id: 7 } }],
    ['an element of an array within an object', { org: { tags: 'y' } }],
    ['a member of an object within an object', { org: { owner: { name: 'Ann' } } }],
    ['an element of an array that has the members', { teams: { name: 'ops' } }],
    ['several claims', { tenant: 'acme', roles: 'dev' }],
    ['a claim whose name is a URL', { 'https://api.example.com/roles': 'admin' }],
  ])('lets a request pass that has %s', async (_, expected) => {
    expect((await judged(claimsGuard(expected as RequiredClaims), requestWith({ claims }))).auth?.claims).toMatchObject(
      claims,
    )
  })

  it.each<[string, Record<string, unknown>]>([
    ['a string with another value', { tenant: 'acme2' }],
    ['a string in another case', { tenant: 'ACME' }],
    ['a claim of another type', { level: '3' }],
    ['no such claim', { group: 'x' }],
    ['no such claim if null is required', { group: null }],
    ['no such element', { roles: 'root' }],
    ['a part of an element', { roles: 'adm' }],
    ['the value only in a nested array', { grid: 'a' }],
    ['the array in another order', { roles: ['dev', 'admin'] }],
    ['more elements than the required array', { roles: ['admin'] }],
    ['another member', { org: { id: 8 } }],
    ['only one of two members', { org: { id: 7, name: 'x' } }],
    ['the required members in two different elements', { teams: { name: 'dev', lead: true } }],
    ['a string if an object is required', { tenant: { name: 'acme' } }],
    ['an array if an object is required', { roles: { 0: 'admin' } }],
    ['null if an object is required', { sub: { name: 'x' } }],
    ['only one of several claims', { tenant: 'acme', level: 4 }],
    ['a claim only by inheritance', { org: { constructor: { name: 'Object' } } }],
  ])('refuses a request that has %s', async (_, expected) => {
    const { error } = await judged(claimsGuard(expected as RequiredClaims), requestWith({ claims }))
    expect(error).toMatchObject({ status: 403, error: 'insufficient_scope', code: 'claims_insufficient' })
    expect(error?.headers).toEqual({
      'WWW-Authenticate':
        'Bearer realm="things", error="insufficient_scope", ' +
        'error_description="The access token does not grant this request"',
    })
  })

  it('does not change when the required object changes later', async () => {
    const expected = { roles: ['root'], org: { id: 8 } }
    const guard = claimsGuard(expected)
    Object.assign(expected, { roles: ['admin', 'dev'] })
    expected.roles[0] = 'admin'
    expected.org.id = 7
    expect((await judged(guard, requestWith({ claims }))).error).toMatchObject({ status: 403 })
  })
})

describe('a guard that requires a claim at a path', () => {
  it.each<[string, string[], ClaimValue]>([
    ['a value', ['org', 'id'], 7],
    ['an element of an array', ['org', 'tags'], 'x'],
    ['members of an object', ['org', 'owner'], { name: 'Ann' }],
    ['a path of one name', ['tenant'], 'acme'],
    ['a name with dots', ['a.b', 'c'], 1],
  ])('lets a request pass that has %s', async (_, path, value) => {
    expect((await judged(claimsGuard(claim(path, value)), requestWith({ claims }))).error).toBeUndefined()
  })

  it.each<[string, string[], ClaimValue]>([
    ['another value', ['org', 'id'], 8],
    ['no such path', ['org', 'name'], 'x'],
    ['no such path if null is required', ['org', 'name'], null],
    ['a path that only looks the same', ['a', 'b', 'c'], 1],
    ['an array on the way', ['teams', 'name'], 'ops'],
    ['an index of an array', ['roles', '0'], 'admin'],
    ['the path only by inheritance', ['org', 'constructor', 'name'], 'Object'],
  ])('refuses a request that has %s', async (_, path, value) => {
    const { error } = await judged(claimsGuard(claim(path, value)), requestWith({ claims }))
    expect(error).toMatchObject({ status: 403, code: 'claims_insufficient' })
  })

  it('can be part of a predicate', async () => {
    const [owns, leads] = [claim(['org', 'owner', 'name'], 'Bob'), claim(['teams'], { lead: true })]
    const guard = claimsGuard((given) => owns(given) || leads(given))
    expect((await judged(guard, requestWith({ claims }))).error).toBeUndefined()
  })

  it.each<[string, unknown, unknown]>([
    ['an empty path', [], 'x'],
    ['a string as the path', 'org.id', 7],
    ['a path with an empty name', ['org', ''], 7],
    ['a path with a number', ['roles', 0], 'admin'],
    ['no path', undefined, 'x'],
    ['no value', ['org', 'id'], undefined],
    ['a value that no claim can have', ['org', 'id'], () => 7],
    ['no value for a member', ['org'], { id: undefined }],
  ])('cannot be created with %s', (_, path, value) => {
    expect(() => claim(path as string[], value as ClaimValue)).toThrow(ConfigurationError)
  })
})

describe('a guard that requires claims to satisfy a predicate', () => {
  it.each([
    ['synchronously', () => true],
    ['with a promise', async () => true],
    ['with a promise of another realm', () => foreignPromise(true)],
    ['with an object that has a `then`', () => thenable(true)],
    ['depending on the claims', (given: Record<string, unknown>) => given['tenant'] === 'acme'],
  ])('lets a request pass if the predicate returns true %s', async (_, predicate) => {
    expect((await judged(claimsGuard(predicate), requestWith({ claims }))).error).toBeUndefined()
  })

  it.each([
    ['false', () => false],
    ['a promise of false', async () => false],
    ['a promise of false of another realm', () => foreignPromise(false)],
    ['an object with a `then` for false', () => thenable(false)],
    ['undefined', () => undefined],
    ['a number', () => 1],
    ['a string', () => 'yes'],
    ['a promise of an object', async () => ({})],
  ])('refuses a request if the predicate returns %s', async (_, predicate) => {
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
  ])('passes on the error if the predicate %s', async (_, predicate) => {
    expect((await judged(claimsGuard(predicate), requestWith({ claims }))).error).toBe(fault)
  })

  it.each([undefined, null, false, 0, '', 'route'])(
    'refuses a request with an Error if the predicate throws %p',
    async (thrown) => {
      const predicates = [
        (): Promise<boolean> => Promise.reject(thrown),
        (): boolean => {
          throw thrown as unknown as Error
        },
      ]
      for (const predicate of predicates) {
        const { error } = await judged(claimsGuard(predicate), requestWith({ claims }))
        expect(Object.prototype.toString.call(error)).toBe('[object Error]')
        expect(error?.cause).toBe(thrown)
      }
    },
  )

  it.each([
    ['a promise', () => new Promise<boolean>(() => undefined)],
    ['an object with a `then`', () => ({ then: () => new Promise<never>(() => undefined) })],
  ])('refuses a request after 5 seconds if the predicate returns %s that never settles', async (_, predicate) => {
    jest.useFakeTimers({ now: Date.now(), doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    try {
      const pending = judged(claimsGuard(predicate), requestWith({ claims }))
      jest.advanceTimersByTime(5000)
      const { error } = await pending
      expect(error).toBeInstanceOf(PredicateError)
      expect(error).toMatchObject({ code: 'predicate_failed', message: expect.stringContaining('within 5 seconds') })
    } finally {
      jest.useRealTimers()
    }
  })

  it('decides synchronously if the predicate does', () => {
    const decisions: string[] = []
    const continuation = { pass: () => decisions.push('pass'), refuse: () => decisions.push('refuse') }
    claimsGuard(() => true)(requestWith({ claims }), continuation)
    claimsGuard(() => false)(requestWith({ claims }), continuation)
    expect(decisions).toEqual(['pass', 'refuse'])
  })
})

describe('required claims that can never match', () => {
  const list: unknown[] = ['admin']

  it.each<[string, unknown]>([
    ['an empty object', {}],
    ['null', null],
    ['undefined', undefined],
    ['a string', 'admin'],
    ['an array', list],
    ['a map', new Map([['tenant', 'acme']])],
    ['a promise', Promise.resolve({ tenant: 'acme' })],
    ['a value that is undefined', { tenant: undefined }],
    ['a value that is undefined and another one', { level: 3, tenant: undefined }],
    ['an unset environment variable', { tenant: process.env['BEARERKIT_UNSET'] }],
    ['a member that is undefined', { org: { id: undefined } }],
    ['a member of a member that is undefined', { org: { owner: { name: undefined } } }],
    ['an element that is undefined', { roles: ['admin', undefined] }],
    ['a member of an element that is undefined', { teams: [{ name: undefined }] }],
    ['an object without members as value', { org: {} }],
    ['a nested object without members', { org: { owner: {} } }],
    ['a function', { tenant: () => 'acme' }],
    ['a promise as value', { tenant: Promise.resolve('acme') }],
    ['a regular expression', { tenant: /acme/ }],
    ['a set', { roles: new Set(['admin']) }],
    ['a date', { exp: new Date() }],
    ['a symbol', { tenant: Symbol('acme') }],
    ['a bigint', { level: 3n }],
    ['NaN', { level: Number(undefined) }],
    ['Infinity', { level: Number.POSITIVE_INFINITY }],
  ])('are refused at start-up: %s', (_, expected) => {
    expect(() => claimsGuard(expected as RequiredClaims)).toThrow(ConfigurationError)
  })

  it.each(['realm_access.roles', 'org.owner.name', 'kubernetes.io'])(
    'cannot be named %s, which could be a name or a path',
    (name) => {
      expect(() => claimsGuard({ [name]: 'x' })).toThrow(
        expect.objectContaining({
          name: 'ConfigurationError',
          message: expect.stringContaining(`claim(['${name}'], …)`) as string,
        }),
      )
      expect(() => claimsGuard({ [name]: 'x' })).toThrow(`claim(['${name.split('.').join("', '")}'], …)`)
    },
  )

  it('are named in the message', () => {
    expect(() => claimsGuard({ org: { owner: { name: undefined } } } as unknown as RequiredClaims)).toThrow(
      /^requireClaims: .*`org\.owner\.name`/,
    )
    expect(() => claim(['org'], { id: undefined } as unknown as ClaimValue)).toThrow(/^claim: .*`org\.id`/)
  })
})

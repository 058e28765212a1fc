import { scopesOf } from '../../../src/jwt/claims/scopes.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'

describe('scopesOf', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['`scope` as a string', { scope: 'a b' }, ['a', 'b']],
    ['a single scope', { scope: 'a' }, ['a']],
    ['several spaces between scopes', { scope: ' a   b ' }, ['a', 'b']],
    ['an empty string', { scope: '' }, []],
    ['`scope` as an array', { scope: ['a', 'b'] }, ['a', 'b']],
    ['`scp` as a string', { scp: 'a b' }, ['a', 'b']],
    ['`scp` as an array', { scp: ['a', 'b'] }, ['a', 'b']],
    ['`scope` before `scp`', { scope: 'a', scp: ['b'] }, ['a']],
    ['only the strings of an array', { scp: ['a', 5, null, '', ['b']] }, ['a']],
    ['an array, without splitting its members', { scope: ['a b'] }, ['a b']],
    ['a missing claim as none', {}, []],
    ['a number as none', { scope: 5 }, []],
    ['true as none', { scope: true }, []],
    ['an object as none', { scope: { a: true } }, []],
    ['a string with a tab, which is not a separator', { scope: 'a\tb' }, ['a\tb']],
  ])('reads the scopes from %s', (_, claims, scopes) => {
    expect(scopesOf(claims)).toEqual(scopes)
  })

  it.each([{ scope: 'a' }, { scp: ['a'] }, {}])('returns frozen scopes for %p', (claims) => {
    expect(Object.isFrozen(scopesOf(claims))).toBe(true)
  })

  it('does not freeze the claim', () => {
    const scp = ['a']
    scopesOf({ scp })
    expect(Object.isFrozen(scp)).toBe(false)
  })
})

describe('scopesOf with a named claim', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['a string', { permissions: 'a b' }, ['a', 'b']],
    ['an array', { permissions: ['a', 'b'] }, ['a', 'b']],
    ['that claim only', { permissions: ['a'], scope: 'b', scp: ['c'] }, ['a']],
    ['no other claim if it is missing', { scope: 'b', scp: ['c'] }, []],
    ['no other claim if it is null', { permissions: null, scope: 'b' }, []],
    ['no object', { permissions: { a: true } }, []],
  ])('reads the scopes from %s', (_, claims, scopes) => {
    expect(scopesOf(claims, ['permissions'])).toEqual(scopes)
  })

  it('treats dots as part of the name', () => {
    const claims = { 'realm_access.roles': 'a', realm_access: { roles: 'b' } }
    expect(scopesOf(claims, ['realm_access.roles'])).toEqual(['a'])
  })
})

describe('scopesOf with a path', () => {
  const path = ['realm_access', 'roles']

  it.each<[string, Record<string, unknown>, string[]]>([
    ['an array', { realm_access: { roles: ['a', 'b'] } }, ['a', 'b']],
    ['a string', { realm_access: { roles: 'a b' } }, ['a', 'b']],
    ['no other claim if it is missing', { realm_access: {}, scope: 'b', roles: ['c'] }, []],
    ['no other claim if its parent is missing', { scope: 'b', roles: ['c'] }, []],
    ['no claim whose name is the path', { 'realm_access.roles': ['a'] }, []],
    ['nothing if its parent is a string', { realm_access: 'roles' }, []],
    ['nothing if its parent is null', { realm_access: null }, []],
    ['nothing if its parent is an array', { realm_access: [{ roles: ['a'] }] }, []],
    ['no object', { realm_access: { roles: { a: true } } }, []],
    ['no inherited member', { realm_access: Object.create({ roles: ['a'] }) }, []],
  ])('reads the scopes from %s', (_, claims, scopes) => {
    expect(scopesOf(claims, path)).toEqual(scopes)
  })

  it.each([
    [['constructor', 'name']],
    [['toString', 'name']],
    [['__proto__', 'x']],
    [['list', 'length']],
    [['list', '0']],
  ])('never reads built-in members: %p', (one) => {
    expect(scopesOf({ list: ['a'] }, one)).toEqual([])
  })

  it.each([
    ['a name', 'permissions', ['permissions']],
    ['a name with dots', 'https://api.example.com/roles', ['https://api.example.com/roles']],
    ['a path', ['realm_access', 'roles'], ['realm_access', 'roles']],
    ['a path of one name', ['permissions'], ['permissions']],
  ])('accepts the option scopeClaim as %s', (_, scopeClaim, read) => {
    expect(new TokenVerifier({ issuer, audience, scopeClaim }).settings.scopeClaim).toEqual(read)
  })

  it.each([
    ['an empty name', ''],
    ['an empty path', []],
    ['a path with an empty name', ['realm_access', '']],
    ['a path with a number', ['realm_access', 0]],
    ['null', null],
    ['an object', { realm_access: 'roles' }],
  ])('refuses the option scopeClaim as %s', (_, scopeClaim) => {
    expect(() => new TokenVerifier({ issuer, audience, scopeClaim: scopeClaim as string })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'scopeClaim' }),
    )
  })
})

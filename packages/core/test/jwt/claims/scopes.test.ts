import { scopesOf } from '../../../src/jwt/claims/scopes.ts'
import { TokenVerifier } from '../../../src/jwt/token-verifier.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'

describe('the scopes of a token', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['`scope` as a string', { scope: 'a b' }, ['a', 'b']],
    ['a single scope', { scope: 'a' }, ['a']],
    ['several spaces between scopes', { scope: ' a   b ' }, ['a', 'b']],
    ['an empty string', { scope: '' }, []],
    ['`scope` as an array', { scope: ['a', 'b'] }, ['a', 'b']],
    ['`scp` as a string', { scp: 'a b' }, ['a', 'b']],
    ['`scp` as an array', { scp: ['a', 'b'] }, ['a', 'b']],
    ['`scope` before `scp`', { scope: 'a', scp: ['b'] }, ['a']],
    ['an array with other values, of which the strings count', { scp: ['a', 5, null, '', ['b']] }, ['a']],
    ['an array whose members are not split', { scope: ['a b'] }, ['a b']],
    ['no claim at all', {}, []],
    ['a number', { scope: 5 }, []],
    ['true', { scope: true }, []],
    ['an object', { scope: { a: true } }, []],
    ['a tab, which separates nothing', { scope: 'a\tb' }, ['a\tb']],
  ])('are read from %s', (_, claims, scopes) => {
    expect(scopesOf(claims)).toEqual(scopes)
  })

  it.each([{ scope: 'a' }, { scp: ['a'] }, {}])('are frozen: %p', (claims) => {
    expect(Object.isFrozen(scopesOf(claims))).toBe(true)
  })

  it('do not freeze the claim they are read from', () => {
    const scp = ['a']
    scopesOf({ scp })
    expect(Object.isFrozen(scp)).toBe(false)
  })
})

describe('the scopes of a token, from a claim that was named', () => {
  it.each<[string, Record<string, unknown>, string[]]>([
    ['a string', { permissions: 'a b' }, ['a', 'b']],
    ['an array', { permissions: ['a', 'b'] }, ['a', 'b']],
    ['that claim alone', { permissions: ['a'], scope: 'b', scp: ['c'] }, ['a']],
    ['nowhere else where it is missing', { scope: 'b', scp: ['c'] }, []],
    ['nowhere else where it is null', { permissions: null, scope: 'b' }, []],
    ['nothing of another shape', { permissions: { a: true } }, []],
  ])('are read from %s', (_, claims, scopes) => {
    expect(scopesOf(claims, ['permissions'])).toEqual(scopes)
  })

  it('are read from a name as it is, dots included', () => {
    const claims = { 'realm_access.roles': 'a', realm_access: { roles: 'b' } }
    expect(scopesOf(claims, ['realm_access.roles'])).toEqual(['a'])
  })
})

describe('the scopes of a token, from a path', () => {
  const path = ['realm_access', 'roles']

  it.each<[string, Record<string, unknown>, string[]]>([
    ['an array', { realm_access: { roles: ['a', 'b'] } }, ['a', 'b']],
    ['a string', { realm_access: { roles: 'a b' } }, ['a', 'b']],
    ['nowhere else where it is missing', { realm_access: {}, scope: 'b', roles: ['c'] }, []],
    ['nowhere else where the way to it is missing', { scope: 'b', roles: ['c'] }, []],
    ['no claim whose name is the path', { 'realm_access.roles': ['a'] }, []],
    ['nothing where a string is on the way', { realm_access: 'roles' }, []],
    ['nothing where null is on the way', { realm_access: null }, []],
    ['nothing where an array is on the way', { realm_access: [{ roles: ['a'] }] }, []],
    ['no object', { realm_access: { roles: { a: true } } }, []],
    ['nothing that is inherited', { realm_access: Object.create({ roles: ['a'] }) }, []],
  ])('are read from %s', (_, claims, scopes) => {
    expect(scopesOf(claims, path)).toEqual(scopes)
  })

  it.each([
    [['constructor', 'name']],
    [['toString', 'name']],
    [['__proto__', 'x']],
    [['list', 'length']],
    [['list', '0']],
  ])('are never read from what the language adds: %p', (one) => {
    expect(scopesOf({ list: ['a'] }, one)).toEqual([])
  })

  it.each([
    ['a name', 'permissions', ['permissions']],
    ['a name with dots', 'https://api.example.com/roles', ['https://api.example.com/roles']],
    ['a path', ['realm_access', 'roles'], ['realm_access', 'roles']],
    ['a path of one name', ['permissions'], ['permissions']],
  ])('may be configured as %s', (_, scopeClaim, read) => {
    expect(new TokenVerifier({ issuer, audience, scopeClaim }).settings.scopeClaim).toEqual(read)
  })

  it.each([
    ['an empty name', ''],
    ['an empty path', []],
    ['a path with an empty name', ['realm_access', '']],
    ['a path with a number', ['realm_access', 0]],
    ['null', null],
    ['an object', { realm_access: 'roles' }],
  ])('cannot be configured as %s', (_, scopeClaim) => {
    expect(() => new TokenVerifier({ issuer, audience, scopeClaim: scopeClaim as string })).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'scopeClaim' }),
    )
  })
})

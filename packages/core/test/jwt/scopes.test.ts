import { scopesOf } from '../../src/jwt/scopes.ts'

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
    expect(scopesOf(claims, 'permissions')).toEqual(scopes)
  })
})

import { ConfigurationError } from '../../src/errors.ts'
import { rememberAuthentication } from '../../src/http/authentication.ts'
import type { AuthContext } from '../../src/http/authenticator.ts'
import { scopeGuard } from '../../src/http/guards.ts'
import { RequestRefusedError } from '../../src/http/refusal.ts'
import type { HttpRequest } from '../../src/http/request.ts'

function requestWith(scopes: readonly string[] | undefined): HttpRequest {
  const request: HttpRequest = { headers: {} }
  const auth: AuthContext | undefined = scopes && {
    token: 'token',
    scheme: 'Bearer',
    header: { alg: 'ES256' },
    claims: { iss: 'issuer', exp: 1 },
    scopes,
  }
  rememberAuthentication(request, { auth, context: { realm: 'things' } })
  return request
}

describe('a guard that requires scopes', () => {
  it.each([
    ['the one', ['a'], ['a']],
    ['all of several', ['a', 'b'], ['b', 'a']],
    ['more than all', ['a'], ['a', 'b', 'c']],
    ['scopes with punctuation', ['reports:read', 'https://x/y'], ['reports:read', 'https://x/y']],
  ])('lets a request pass that has %s', (_, required, granted) => {
    expect(scopeGuard(...required)(requestWith(granted))).toBeUndefined()
  })

  it.each([
    ['none', ['a'], []],
    ['only the first', ['a', 'b'], ['a']],
    ['only the second', ['a', 'b'], ['b']],
    ['it in another case', ['a'], ['A']],
    ['one that begins alike', ['reports'], ['reports:read']],
    ['one that is longer than wanted', ['reports:read'], ['reports']],
  ])('refuses a request that has %s', (_, required, granted) => {
    const refusal = scopeGuard(...required)(requestWith(granted))
    expect(refusal).toBeInstanceOf(RequestRefusedError)
    expect(refusal).toMatchObject({ status: 403, error: 'insufficient_scope', code: 'scope_insufficient' })
    expect(refusal?.headers['WWW-Authenticate']).toMatch(
      new RegExp(`^Bearer realm="things", error="insufficient_scope", .*scope="${required.join(' ')}"$`),
    )
  })

  it('refuses an anonymous request with 401 and no error', () => {
    const refusal = scopeGuard('a')(requestWith(undefined))
    expect(refusal).toMatchObject({ status: 401, error: undefined, code: 'credentials_missing' })
    expect(refusal?.headers).toEqual({ 'WWW-Authenticate': 'Bearer realm="things"' })
  })

  it('never lets a request pass that nothing has authenticated', () => {
    expect(() => scopeGuard('a')({ headers: {} })).toThrow(ConfigurationError)
  })

  it('does not believe what the application wrote on the request', () => {
    const request = Object.assign(requestWith([]), { auth: { scopes: ['a'] } })
    expect(scopeGuard('a')(request)).toMatchObject({ status: 403 })
  })

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
  ])('cannot be made with %s', (_, scopes) => {
    expect(() => scopeGuard(...(scopes as string[]))).toThrow(ConfigurationError)
  })
})

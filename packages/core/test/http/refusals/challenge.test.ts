import { validateHeaderValue } from 'node:http'
import { challenge } from '../../../src/http/refusals/challenge.ts'

describe('a challenge', () => {
  it('quotes its parameters, in order', () => {
    expect(challenge('Bearer', { realm: 'api', error: 'invalid_token' })).toBe(
      'Bearer realm="api", error="invalid_token"',
    )
  })

  it('omits undefined parameters', () => {
    expect(challenge('Bearer', { realm: 'api', error: undefined, scope: 'a b' })).toBe(
      'Bearer realm="api", scope="a b"',
    )
  })

  it('can have another scheme', () => {
    expect(challenge('DPoP', { algs: 'ES256' })).toBe('DPoP algs="ES256"')
  })

  it.each([
    ['a line break', 'a\r\nSet-Cookie: b', 'a??Set-Cookie: b'],
    ['a quotation mark', 'a", error="x', 'a?, error=?x'],
    ['a backslash', 'a\\', 'a?'],
    ['a control character', 'a\0\x1f\x7f', 'a???'],
    ['a tab', 'a\tb', 'a?b'],
    ['letters beyond ASCII', 'é√', '??'],
    ['a character beyond the basic plane', 'a😀', 'a??'],
    ['a lone surrogate', '\ud800', '?'],
    ['all printable characters', ' !#$%&()*+,-./09:;<=>?@AZ[]^_`az{|}~', ' !#$%&()*+,-./09:;<=>?@AZ[]^_`az{|}~'],
  ])('is a legal header value for a parameter with %s', (_, realm, written) => {
    const value = challenge('Bearer', { realm })
    expect(value).toBe(`Bearer realm="${written}"`)
    expect(() => validateHeaderValue('WWW-Authenticate', value)).not.toThrow()
  })
})

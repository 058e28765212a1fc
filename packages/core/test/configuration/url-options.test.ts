import { hosts, isProtected, protectedUrl } from '../../src/configuration/url-options.ts'

describe('an option that is a URL to ask for keys', () => {
  it('keeps its spelling', () => {
    expect(protectedUrl('https://A.example.com', 'X: option `x`')).toBe('https://A.example.com')
  })

  it.each([
    ['a relative URL', '/jwks'],
    ['plain http', 'http://issuer.example.com'],
    ['what is no string', new URL('https://issuer.example.com')],
  ])('refuses %s, and names the option', (_, given) => {
    expect(() => protectedUrl(given, 'X: option `x`')).toThrow(
      expect.objectContaining({ option: 'x', message: expect.stringMatching(/^X: option `x` /) }),
    )
  })
})

describe('a URL that keys may come from', () => {
  it.each([
    ['https://issuer.example.com/jwks', true],
    ['HTTPS://issuer.example.com', true],
    ['https://127.0.0.1:8443', true],
    ['http://127.0.0.1:8080/jwks', true],
    ['http://127.1.2.3', true],
    ['http://localhost:3000', true],
    ['http://[::1]:3000', true],
    ['http://issuer.example.com', false],
    ['http://127.0.0.1.example.com', false],
    ['http://localhost.example.com', false],
    ['http://10.0.0.1', false],
    ['http://169.254.169.254', false],
    ['http://0.0.0.0', false],
    ['http://[::2]', false],
    ['https://user:secret@issuer.example.com', false],
    ['https://user@issuer.example.com', false],
    ['http://localhost@issuer.example.com', false],
    ['ftp://issuer.example.com', false],
    ['file:///etc/jwks.json', false],
    ['data:application/json,{}', false],
  ])('%s: %p', (url, answer) => {
    expect(isProtected(new URL(url))).toBe(answer)
  })
})

describe('an option that names hosts', () => {
  it.each<[string, 'http' | 'https', unknown, string[]]>([
    ['one', 'https', 'keys.example.com', ['keys.example.com']],
    ['several', 'https', ['a.example', 'b.example:8443'], ['a.example', 'b.example:8443']],
    ['in another case', 'https', 'Keys.Example.COM', ['keys.example.com']],
    ['with the default port', 'https', 'keys.example.com:443', ['keys.example.com']],
    ['with the default port of plain http', 'http', 'keycloak:80', ['keycloak']],
    ['with the default port of the other protocol', 'http', 'keycloak:443', ['keycloak:443']],
    ['by an address', 'https', ['10.0.0.5:8443', '[FD00::1]'], ['10.0.0.5:8443', '[fd00::1]']],
    ['with an underscore', 'http', 'key_cloak:8080', ['key_cloak:8080']],
    ['outside of ASCII', 'https', 'schlüssel.example', ['xn--schlssel-95a.example']],
  ])('takes %s', (_, protocol, given, read) => {
    expect(hosts(protocol)(given, 'X: option `x`', {})).toEqual(read)
  })

  it.each<[string, unknown]>([
    ['none', []],
    ['a URL', 'https://keys.example.com'],
    ['a path', 'keys.example.com/jwks'],
    ['a query', 'keys.example.com?a'],
    ['user information', 'user@keys.example.com'],
    ['a pattern', '*.example.com'],
    ['a port that is none', 'keys.example.com:http'],
    ['white space', ' keys.example.com'],
    ['an address cut short', '[::1'],
    ['what is no text', [5]],
  ])('refuses %s, and names the option', (_, given) => {
    expect(() => hosts('https')(given, 'X: option `x`', {})).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'x' }),
    )
  })
})

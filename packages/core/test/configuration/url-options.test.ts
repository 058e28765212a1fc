import { isProtected, protectedUrl } from '../../src/configuration/url-options.ts'

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

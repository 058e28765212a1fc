import { printable, printableUrl } from '../src/printable.ts'

describe('printableUrl', () => {
  it.each([
    ['https://issuer.example.com', 'https://issuer.example.com'],
    ['https://issuer.example.com/', 'https://issuer.example.com/'],
    ['https://A.example.com:8443/realm/keys', 'https://A.example.com:8443/realm/keys'],
    ['https://a.example/jwks?code=secret', 'https://a.example/jwks'],
    ['https://a.example?code=secret', 'https://a.example'],
    ['https://a.example/jwks#secret', 'https://a.example/jwks'],
    ['https://a.example/jwks#secret?secret', 'https://a.example/jwks'],
    ['https://user:secret@a.example/jwks', 'https://a.example/jwks'],
    ['https://secret@a.example/jwks', 'https://a.example/jwks'],
    ['https://user:se@cret@a.example/jwks', 'https://a.example/jwks'],
    ['https:user:secret@a.example/jwks', 'https:a.example/jwks'],
    ['https:\\\\user:secret@a.example', 'https:\\\\a.example'],
    ['https://a.example/@scope/keys', 'https://a.example/@scope/keys'],
    ['https://a.example/path?to=@', 'https://a.example/path'],
    ['accounts.example.com', 'accounts.example.com'],
    ['a\r\nb', 'a??b'],
    ['', ''],
  ])('prints %j as %j', (url, shown) => {
    expect(printableUrl(url)).toBe(shown)
  })

  it('limits the length', () => {
    expect(printableUrl(`https://a.example/${'a'.repeat(10_000)}`)).toHaveLength(201)
  })
})

describe('printable', () => {
  it.each([
    ['a b', 'a b'],
    ['a\u0000\u001b[31mb', 'a??[31mb'],
    ['schlüssel', 'schl?ssel'],
    ['abcdef', 'abcd…'],
  ])('prints %j as %j', (text, shown) => {
    expect(printable(text, text === 'abcdef' ? 4 : undefined)).toBe(shown)
  })
})

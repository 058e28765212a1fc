import { normalizedHttpUri, normalizedPath } from '../src/http-uri.ts'

describe('an http URI is normalized', () => {
  it.each([
    ['as it is', 'https://api.example.com/a', 'https://api.example.com/a'],
    ['without query', 'https://api.example.com/a?b=/c', 'https://api.example.com/a'],
    ['without fragment', 'https://api.example.com/a#b', 'https://api.example.com/a'],
    ['without a query that contains a fragment', 'https://api.example.com/a?b#c?d', 'https://api.example.com/a'],
    ['without a query after the host', 'https://api.example.com?a', 'https://api.example.com/'],
    ['in the case of its scheme (§6.2.2.1)', 'HTTPS://api.example.com/a', 'https://api.example.com/a'],
    ['in the case of its host (§6.2.2.1)', 'https://API.Example.COM/a', 'https://api.example.com/a'],
    ['but not in the case of its path', 'https://api.example.com/A', 'https://api.example.com/A'],
    ['in the case of escapes (§6.2.2.1)', 'https://api.example.com/%c3%a9', 'https://api.example.com/%C3%A9'],
    ['in escapes of unreserved characters (§6.2.2.2)', 'https://h/%7Ea%2D%5f%2e%41', 'https://h/~a-_.A'],
    ['but not in escapes of reserved characters', 'https://h/a%2Fb%3b%3F', 'https://h/a%2Fb%3B%3F'],
    ['in characters that must be escaped', 'https://h/a|b"c', 'https://h/a%7Cb%22c'],
    ['in dot segments (§6.2.2.3)', 'https://h/a/./b/../c', 'https://h/a/c'],
    ['in escaped dot segments', 'https://h/a/%2e%2E/c', 'https://h/c'],
    ['in dot segments at the end', 'https://h/a/b/..', 'https://h/a/'],
    ['in a dot segment at the end', 'https://h/a/.', 'https://h/a/'],
    ['in dot segments above the root', 'https://h/../../a', 'https://h/a'],
    ['but not in names that begin with a dot', 'https://h/.well-known/..a', 'https://h/.well-known/..a'],
    ['but not in empty segments', 'https://h//a//b/', 'https://h//a//b/'],
    ['in the default port of https (§6.2.3)', 'https://h:443/a', 'https://h/a'],
    ['in the default port of http', 'http://h:80/a', 'http://h/a'],
    ['but not in the default port of the other scheme', 'http://h:443/a', 'http://h:443/a'],
    ['in an empty port', 'https://h:/a', 'https://h/a'],
    ['in zeros before a port', 'https://h:08443/a', 'https://h:8443/a'],
    ['in an empty path', 'https://h', 'https://h/'],
    ['with an IPv6 address', 'http://[::1]:3000/A', 'http://[::1]:3000/A'],
    ['in the case of an IPv6 address', 'http://[FE80::1]/', 'http://[fe80::1]/'],
  ])('%s', (_, uri, normalized) => {
    expect(normalizedHttpUri(uri)).toBe(normalized)
  })

  it.each([
    ['user information', 'https://user@h/'],
    ['a password', 'https://user:pass@h/'],
    ['empty user information', 'https://@h/'],
    ['a host before an @', 'https://h@attacker.example/'],
    ['no host', 'https:///a'],
    ['another scheme', 'ftp://h/'],
    ['no scheme', '//h/a'],
    ['only a path', '/a'],
    ['one slash', 'https:/h/a'],
    ['backslashes', 'https:\\\\h\\a'],
    ['a backslash in the host', 'https://h\\@a/'],
    ['a space before it', ' https://h/'],
    ['a space in the path', 'https://h/a b'],
    ['a line break in the scheme', 'ht\ntps://h/'],
    ['a tab in the host', 'https://h\t/'],
    ['a null byte', 'https://h/\0'],
    ['a letter beyond ASCII in the path', 'https://h/é'],
    ['a letter beyond ASCII in the host', 'https://hé/'],
    ['an escape in the host', 'https://%68/'],
    ['two hosts', 'https://h,g/'],
    ['a port that is no number', 'https://h:a/'],
    ['a port that is too large', 'https://h:65536/'],
    ['a port that is too long', 'https://h:000443/'],
    ['an incomplete escape', 'https://h/%'],
    ['half an escape', 'https://h/%4'],
    ['an escape that is none', 'https://h/%zz'],
    ['an open bracket', 'https://[::1/'],
    ['nothing', ''],
  ])('not with %s', (_, uri) => {
    expect(normalizedHttpUri(uri)).toBeUndefined()
  })

  it('twice without another change', () => {
    for (const path of ['/a/%2e%2e/b%2f|', '/..%2F', '/%2e', '/a/..//', '/%25%32%65']) {
      const once = normalizedPath(path)
      expect(normalizedPath(once ?? '%')).toBe(once)
    }
  })

  it('in time that grows with its length', () => {
    const path = '/..'.repeat(50_000)
    expect(normalizedPath(path)).toBe('/')
    expect(normalizedPath(`${'/%2e'.repeat(50_000)}%`)).toBeUndefined()
  })
})

import { hosts, identifier, isProtected, protectedUrl } from '../../src/configuration/url-options.ts'
import { ConfigurationError } from '../../src/errors.ts'
import { ResourceMetadataEndpoint } from '../../src/http/documents/resource-metadata.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../src/jwt/token-verifier.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { RemoteJwksKeyProvider } from '../../src/keys/remote/remote-jwks-key-provider.ts'

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

const issuer = 'https://issuer.example.com'
const spaces = [' ', '\n', '\r\n', '\t', '\u00A0', '\u2028', '\uFEFF']

/** What is wrong with the names that tokens are held against, and with URLs. */
const faults: [string, unknown, RegExp][] = [
  ...spaces.map((space): [string, unknown, RegExp] => [
    `white space at its end (${JSON.stringify(space)})`,
    `${issuer}${space}`,
    /ends with white space: "/,
  ]),
  ['white space before it', ` ${issuer}`, /begins with white space: " "/],
  ['white space in its path', `${issuer}/a b`, /is a URL and contains white space: " "/],
  ['white space in its host', 'https://issuer. example.com', /is a URL and contains white space: " "/],
  ['a line break in it', `${issuer}\n/a`, /contains a control character: "\\n"/],
  ['a NUL in it', `${issuer}\0`, /contains a control character: "\\u0000"/],
]

test('the message shows a character that cannot be seen', () => {
  expect(() => identifier(`${issuer}\u00A0`, 'X: option `x`')).toThrow('X: option `x` ends with white space: "\\u00a0"')
  expect(() => identifier(`${issuer}\r\n`, 'X: option `x`')).toThrow('X: option `x` ends with white space: "\\n"')
})

const asked = { audience: 'https://api.example.com' }
const named = { ...asked, keys: new LocalKeyProvider() }
const tokenIssuer = { keys: new LocalKeyProvider(), issuer, audience: 'https://api.example.com' }

/** Every option that takes such a name, with a function that gives it one. */
const options: [string, string, (value: never) => unknown][] = [
  ['an issuer that is asked for its keys', 'issuer', (value) => new TokenVerifier({ ...asked, issuer: value })],
  ['an issuer beside keys', 'issuer', (value) => new TokenVerifier({ ...named, issuer: value })],
  [
    'one issuer of several',
    'issuer',
    (value) => new TokenVerifier({ ...asked, issuers: [{ issuer }, { issuer: value }] }),
  ],
  ['an audience', 'audience', (value) => new TokenVerifier({ ...named, issuer, audience: value })],
  ['one audience of several', 'audience', (value) => new TokenVerifier({ ...named, issuer, audience: ['a', value] })],
  ['a JWKS URL', 'jwksUrl', (value) => new TokenVerifier({ ...asked, issuer, jwksUrl: value })],
  [
    'a metadata URL',
    'resourceMetadataUrl',
    (value) => new TokenVerifier({ ...named, issuer, resourceMetadataUrl: value }),
  ],
  ['the issuer of remote keys', 'issuer', (value) => new RemoteJwksKeyProvider({ issuer: value })],
  ['the JWKS URL of remote keys', 'jwksUrl', (value) => new RemoteJwksKeyProvider({ jwksUrl: value })],
  ['the issuer of tokens', 'issuer', (value) => new TokenIssuer({ ...tokenIssuer, issuer: value })],
  ['the audience of tokens', 'audience', (value) => new TokenIssuer({ ...tokenIssuer, audience: value })],
  [
    'an authorization server',
    'authorizationServers',
    (value) => new ResourceMetadataEndpoint({ ...named, issuer }, { authorizationServers: [value] }),
  ],
]

describe.each(options)('%s', (_, option, make) => {
  it.each(faults)('is refused at start-up with %s, and the message says so', (__, value, message) => {
    expect(() => make(value as never)).toThrow(ConfigurationError)
    expect(() => make(value as never)).toThrow(
      expect.objectContaining({ option, message: expect.stringMatching(message) }),
    )
  })
})

describe.each(options.filter(([, option]) => /issuer|Servers/.test(option)))('%s', (_, option, make) => {
  it.each([
    ['a query', `${issuer}?tenant=a`, /must not have a query/],
    ['an empty query', `${issuer}/?`, /must not have a query/],
    ['a fragment', `${issuer}#a`, /must not have a fragment/],
    ['a fragment with a query in it', `${issuer}#a?b`, /must not have a fragment/],
    ['a query, in upper case', 'HTTPS://ISSUER.EXAMPLE.COM?A', /must not have a query/],
  ])('is refused with %s: RFC 8414 §2', (__, value, message) => {
    expect(() => make(value as never)).toThrow(
      expect.objectContaining({ option, message: expect.stringMatching(message) }),
    )
  })
})

describe.each(options.filter(([what, option]) => option === 'jwksUrl' || / asked |of remote keys/.test(what)))(
  '%s',
  (_, option, make) => {
    it.each([
      ['a fragment', `${issuer}/jwks#a`, /must not have a fragment/],
      ['user information', 'https://s3cret:s3cret@issuer.example.com', /must not have user information/],
      ['a user', 'https://s3cret@issuer.example.com', /must not have user information/],
    ])('is refused with %s, which the message does not quote', (__, value, message) => {
      expect(() => make(value as never)).toThrow(
        expect.objectContaining({ option, message: expect.stringMatching(message) }),
      )
      expect(() => make(value as never)).not.toThrow(/s3cret/)
    })
  },
)

describe('a name that tokens are held against', () => {
  it.each(['api', 'urn:example:api', 'https://api.example.com/?a=b#c', 'My API', 'schlüssel', 'a:b//c d'])(
    'keeps its spelling: %j',
    (name) => {
      expect(identifier(name, 'X: option `x`')).toBe(name)
    },
  )

  it.each(['My Service', 'urn:example:issuer', 'issuer?', 'a#b'])(
    'may be any text for an issuer with keys: %j',
    (name) => {
      expect(new TokenVerifier({ ...named, issuer: name }).issuers[0]?.issuer).toBe(name)
    },
  )
})

describe('a JWKS URL', () => {
  it('may have a query', () => {
    expect(protectedUrl(`${issuer}/jwks?p=a`, 'X: option `x`')).toBe(`${issuer}/jwks?p=a`)
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

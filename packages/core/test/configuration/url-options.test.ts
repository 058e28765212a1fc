import { hosts, identifier, isProtected, protectedUrl } from '../../src/configuration/url-options.ts'
import { ConfigurationError } from '../../src/errors.ts'
import { ResourceMetadataEndpoint } from '../../src/http/documents/resource-metadata.ts'
import { TokenIssuer } from '../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'
import { RemoteJwksKeyProvider } from '../../src/keys/remote/remote-jwks-key-provider.ts'

describe('protectedUrl', () => {
  it('keeps the spelling of the URL', () => {
    expect(protectedUrl('https://A.example.com', 'X: option `x`')).toBe('https://A.example.com')
  })

  it.each([
    ['a relative URL', '/jwks'],
    ['plain http', 'http://issuer.example.com'],
    ['a value that is not a string', new URL('https://issuer.example.com')],
  ])('refuses %s, and names the option', (_, given) => {
    expect(() => protectedUrl(given, 'X: option `x`')).toThrow(
      expect.objectContaining({ option: 'x', message: expect.stringMatching(/^X: option `x` /) }),
    )
  })
})

const issuer = 'https://issuer.example.com'
const spaces = [' ', '\n', '\r\n', '\t', '\u00A0', '\u2028', '\uFEFF']

/** Faults of names that claims are compared with, and of URLs. */
const faults: [string, unknown, RegExp][] = [
  ...spaces.map((space): [string, unknown, RegExp] => [
    `trailing white space (${JSON.stringify(space)})`,
    `${issuer}${space}`,
    /ends with white space: "/,
  ]),
  ['leading white space', ` ${issuer}`, /begins with white space: " "/],
  ['white space in the path', `${issuer}/a b`, /is a URL and contains white space: " "/],
  ['white space in the host', 'https://issuer. example.com', /is a URL and contains white space: " "/],
  ['a line break inside', `${issuer}\n/a`, /contains a control character: "\\n"/],
  ['a NUL character', `${issuer}\0`, /contains a control character: "\\u0000"/],
]

test('identifier shows invisible characters as escapes in the message', () => {
  expect(() => identifier(`${issuer}\u00A0`, 'X: option `x`')).toThrow('X: option `x` ends with white space: "\\u00a0"')
  expect(() => identifier(`${issuer}\r\n`, 'X: option `x`')).toThrow('X: option `x` ends with white space: "\\n"')
})

const asked = { audience: 'https://api.example.com' }
const named = { ...asked, keys: new LocalKeyProvider() }
const tokenIssuer = { keys: new LocalKeyProvider(), issuer, audience: 'https://api.example.com' }

/** Every option that takes such a name, with a function that sets it. */
const options: [string, string, (value: never) => unknown][] = [
  ['an issuer whose keys are discovered', 'issuer', (value) => new TokenVerifier({ ...asked, issuer: value })],
  ['an issuer with given keys', 'issuer', (value) => new TokenVerifier({ ...named, issuer: value })],
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
  ])('is refused with %s (RFC 8414 §2)', (__, value, message) => {
    expect(() => make(value as never)).toThrow(
      expect.objectContaining({ option, message: expect.stringMatching(message) }),
    )
  })
})

describe.each(options.filter(([what, option]) => option === 'jwksUrl' || / discovered|of remote keys/.test(what)))(
  '%s',
  (_, option, make) => {
    it.each([
      ['a fragment', `${issuer}/jwks#a`, /must not have a fragment/],
      ['user information', 'https://s3cret:s3cret@issuer.example.com', /must not have user information/],
      ['a user name', 'https://s3cret@issuer.example.com', /must not have user information/],
    ])('is refused with %s, and the message does not quote it', (__, value, message) => {
      expect(() => make(value as never)).toThrow(
        expect.objectContaining({ option, message: expect.stringMatching(message) }),
      )
      expect(() => make(value as never)).not.toThrow(/s3cret/)
    })
  },
)

describe('identifier', () => {
  it.each(['api', 'urn:example:api', 'https://api.example.com/?a=b#c', 'My API', 'schlüssel', 'a:b//c d'])(
    'keeps the spelling of %j',
    (name) => {
      expect(identifier(name, 'X: option `x`')).toBe(name)
    },
  )

  it.each(['My Service', 'urn:example:issuer', 'issuer?', 'a#b'])(
    'accepts any text as an issuer with given keys: %j',
    (name) => {
      expect(new TokenVerifier({ ...named, issuer: name }).issuers[0]?.issuer).toBe(name)
    },
  )
})

describe('a JWKS URL', () => {
  it('may contain a query', () => {
    expect(protectedUrl(`${issuer}/jwks?p=a`, 'X: option `x`')).toBe(`${issuer}/jwks?p=a`)
  })
})

describe('isProtected', () => {
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
  ])('for %s is %p', (url, answer) => {
    expect(isProtected(new URL(url))).toBe(answer)
  })
})

describe('hosts', () => {
  it.each<[string, 'http' | 'https', unknown, string[]]>([
    ['one host', 'https', 'keys.example.com', ['keys.example.com']],
    ['several hosts', 'https', ['a.example', 'b.example:8443'], ['a.example', 'b.example:8443']],
    ['a name in upper case', 'https', 'Keys.Example.COM', ['keys.example.com']],
    ['the default port', 'https', 'keys.example.com:443', ['keys.example.com']],
    ['the default port of plain http', 'http', 'keycloak:80', ['keycloak']],
    ['the default port of the other protocol', 'http', 'keycloak:443', ['keycloak:443']],
    ['IP addresses', 'https', ['10.0.0.5:8443', '[FD00::1]'], ['10.0.0.5:8443', '[fd00::1]']],
    ['a name with an underscore', 'http', 'key_cloak:8080', ['key_cloak:8080']],
    ['a name outside of ASCII', 'https', 'schlüssel.example', ['xn--schlssel-95a.example']],
  ])('accepts %s', (_, protocol, given, read) => {
    expect(hosts(protocol)(given, 'X: option `x`', {})).toEqual(read)
  })

  it.each<[string, unknown]>([
    ['an empty list', []],
    ['a URL', 'https://keys.example.com'],
    ['a path', 'keys.example.com/jwks'],
    ['a query', 'keys.example.com?a'],
    ['user information', 'user@keys.example.com'],
    ['a wildcard', '*.example.com'],
    ['an invalid port', 'keys.example.com:http'],
    ['white space', ' keys.example.com'],
    ['a truncated address', '[::1'],
    ['a value that is not a string', [5]],
  ])('refuses %s, and names the option', (_, given) => {
    expect(() => hosts('https')(given, 'X: option `x`', {})).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', option: 'x' }),
    )
  })
})

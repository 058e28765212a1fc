import { withEnvironment } from '../../src/configuration/environment.ts'
import { ConfigurationError } from '../../src/errors.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'
import { LocalKeyProvider } from '../../src/keys/local/local-key-provider.ts'

const environment = {
  BEARERKIT_ISSUER: 'https://issuer.example.com',
  BEARERKIT_AUDIENCE: 'https://a.example.com, https://b.example.com',
  BEARERKIT_JWKS_URL: 'https://issuer.example.com/jwks',
}
const fromVariables = {
  issuer: 'https://issuer.example.com',
  audience: ['https://a.example.com', 'https://b.example.com'],
  jwksUrl: 'https://issuer.example.com/jwks',
}

describe('withEnvironment', () => {
  it.each([
    ['fills in all options that the code leaves out', {}, fromVariables],
    [
      'keeps the issuer from the code, and ignores the JWKS URL of the environment',
      { issuer: 'https://mine.example.com' },
      { issuer: 'https://mine.example.com', audience: fromVariables.audience },
    ],
    ['keeps the audience from the code', { audience: 'mine' }, { ...fromVariables, audience: 'mine' }],
    ['keeps an audience of null from the code', { audience: null }, { ...fromVariables, audience: null }],
    ['keeps the JWKS URL from the code', { jwksUrl: 'https://x' }, { ...fromVariables, jwksUrl: 'https://x' }],
    [
      'ignores the JWKS URL if the code gives keys',
      { keys: 'the keys' },
      { keys: 'the keys', issuer: fromVariables.issuer, audience: fromVariables.audience },
    ],
    [
      'does not replace an invalid issuer from the code',
      { issuer: null },
      { issuer: null, audience: fromVariables.audience },
    ],
    ['treats undefined as left out', { issuer: undefined, audience: undefined }, fromVariables],
  ])('%s', (_, given, filled) => {
    expect(withEnvironment(given, environment)).toEqual(filled)
  })

  it.each(['\n', '\r\n', ' ', '\t', '\uFEFF'])('trims white space around a value: %j', (space) => {
    const padded = Object.entries(environment).map(([name, value]) => [name, `${space}${value}${space}`])
    expect(withEnvironment({}, Object.fromEntries(padded) as Record<string, string>)).toEqual(fromVariables)
  })

  it.each(['', ' ', '\n'])('treats the value %j as not set', (empty) => {
    const unset = Object.fromEntries(Object.keys(environment).map((name) => [name, empty]))
    expect(withEnvironment({ realm: 'a' }, unset)).toEqual({ realm: 'a' })
  })

  it('adds nothing if no variable is set', () => {
    expect(withEnvironment({ issuer: 'a' }, {})).toEqual({ issuer: 'a' })
  })

  it('does not modify the given options', () => {
    const given = Object.freeze({})
    expect(withEnvironment(given, environment)).not.toBe(given)
  })
})

describe('a verifier without options', () => {
  const names = Object.keys(environment)
  const before = Object.fromEntries(names.map((name) => [name, process.env[name]]))

  function setVariables(variables: Readonly<Record<string, string>>): void {
    for (const name of names) {
      if (variables[name] === undefined) delete process.env[name]
      else process.env[name] = variables[name]
    }
  }

  afterEach(() => setVariables(before as Record<string, string>))

  it('reads all three variables', () => {
    setVariables(environment)
    expect(new TokenVerifier().settings.shared).toMatchObject(fromVariables)
  })

  it('reads the variables only at construction', () => {
    setVariables(environment)
    const verifier = new TokenVerifier()
    setVariables({})
    expect(verifier.settings.shared).toMatchObject(fromVariables)
  })

  it('accepts values that end in a line break, and an empty variable', () => {
    setVariables({
      BEARERKIT_ISSUER: `${environment.BEARERKIT_ISSUER}\n`,
      BEARERKIT_AUDIENCE: 'a\n',
      BEARERKIT_JWKS_URL: '',
    })
    const { issuers } = new TokenVerifier()
    expect(issuers).toEqual([expect.objectContaining({ issuer: environment.BEARERKIT_ISSUER, audience: ['a'] })])
  })

  it('combines keys from the code with an issuer from the environment', () => {
    setVariables(environment)
    expect(new TokenVerifier({ keys: new LocalKeyProvider() }).settings.shared.jwksUrl).toBeUndefined()
  })

  it.each<[string, Record<string, string>, string, string]>([
    ['no variables', {}, 'issuer', 'BEARERKIT_ISSUER'],
    ['no audience', { BEARERKIT_ISSUER: 'https://issuer.example.com' }, 'audience', 'BEARERKIT_AUDIENCE'],
    ['an empty issuer', { ...environment, BEARERKIT_ISSUER: '' }, 'issuer', 'BEARERKIT_ISSUER'],
    ['an empty audience', { ...environment, BEARERKIT_AUDIENCE: '' }, 'audience', 'BEARERKIT_AUDIENCE'],
    [
      'an empty entry in the list of audiences',
      { ...environment, BEARERKIT_AUDIENCE: 'a,,b' },
      'audience',
      'BEARERKIT_AUDIENCE',
    ],
    ['white space in an issuer', { ...environment, BEARERKIT_ISSUER: 'https://a.b /c' }, 'issuer', 'BEARERKIT_ISSUER'],
    [
      'a line break in an issuer',
      { ...environment, BEARERKIT_ISSUER: 'https://a.b\n/c' },
      'issuer',
      'BEARERKIT_ISSUER',
    ],
    ['a query in an issuer', { ...environment, BEARERKIT_ISSUER: 'https://a.b?c=d' }, 'issuer', 'BEARERKIT_ISSUER'],
    ['a fragment in an issuer', { ...environment, BEARERKIT_ISSUER: 'https://a.b#c' }, 'issuer', 'BEARERKIT_ISSUER'],
    [
      'white space in an audience',
      { ...environment, BEARERKIT_AUDIENCE: 'https://a.b/c d' },
      'audience',
      'BEARERKIT_AUDIENCE',
    ],
    [
      'a fragment in a JWKS URL',
      { ...environment, BEARERKIT_JWKS_URL: 'https://a.b/jwks#c' },
      'jwksUrl',
      'BEARERKIT_JWKS_URL',
    ],
    [
      'user information in a JWKS URL',
      { ...environment, BEARERKIT_JWKS_URL: 'https://a:b@c.d/jwks' },
      'jwksUrl',
      'BEARERKIT_JWKS_URL',
    ],
    ['an issuer of only white space', { ...environment, BEARERKIT_ISSUER: ' \n' }, 'issuer', 'BEARERKIT_ISSUER'],
    [
      'a JWKS URL with plain http',
      { ...environment, BEARERKIT_JWKS_URL: 'http://a.b' },
      'jwksUrl',
      'BEARERKIT_JWKS_URL',
    ],
    [
      'an issuer that is not a URL, if keys must be discovered',
      { BEARERKIT_ISSUER: 'issuer', BEARERKIT_AUDIENCE: 'a' },
      'issuer',
      'BEARERKIT_ISSUER',
    ],
  ])('refuses %s, naming the option and the variable', (_, variables, option, variable) => {
    setVariables(variables)
    let failure: unknown
    try {
      failure = new TokenVerifier()
    } catch (error) {
      failure = error
    }
    expect(failure).toBeInstanceOf(ConfigurationError)
    expect(failure).toMatchObject({ option })
    expect((failure as Error).message).toContain(`\`${option}\``)
    expect((failure as Error).message).toContain(variable)
  })
})

import { ConfigurationError } from '../../../src/errors.ts'
import { IntrospectionClient } from '../../../src/jwt/introspection/introspection-client.ts'
import type { IntrospectionOptions } from '../../../src/jwt/introspection/introspection-options.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { LocalKeyProvider } from '../../../src/keys/local/local-key-provider.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { audience, issuer, jwksUrl, segment } from '../../support/foreign-issuer.ts'
import { credentials, endpoint, IntrospectedIssuer } from './setting.ts'

const active = { active: true, aud: audience }

describe('a JWT', () => {
  const jwtOf = (one: IntrospectedIssuer, change: object = {}): string => {
    return one.keys.sign({ iss: issuer, aud: audience, sub: 'user-1', exp: one.clock.seconds() + 60, ...change })
  }

  it('is verified by its signature, and the issuer is not asked', async () => {
    const one = new IntrospectedIssuer(active)
    expect([await one.outcome(jwtOf(one)), one.urls]).toEqual(['passes', [jwksUrl]])
  })

  it.each<[string, (one: IntrospectedIssuer) => string]>([
    ['of another issuer', (one) => jwtOf(one, { iss: 'https://other.example.com' })],
    ['with a changed signature', (one) => `${jwtOf(one).slice(0, -8)}AAAAAAAA`],
    ['with a damaged header', (one) => jwtOf(one).replace('.', '=.')],
    ['with an empty signature', (one) => jwtOf(one).replace(/[^.]*$/, '')],
    ['without an algorithm', () => `${segment({})}.${segment({})}.AAAA`],
    ['whose header begins with white space', () => `${segment(' {"alg":"ES256"')}.e30.AAAA`],
    [
      'that is a signed introspection answer',
      (one) => {
        return one.keys.sign(
          { iss: issuer, aud: audience },
          { alg: 'ES256', kid: one.keys.kid, typ: 'token-introspection+jwt' },
        )
      },
    ],
  ])('%s is refused, and the issuer is not asked', async (_, token) => {
    const one = new IntrospectedIssuer(active)
    expect(await one.outcome(token(one))).not.toBe('passes')
    expect(one.questions).toEqual([])
  })

  it.each(['a', 'a.b', 'a.b.c', 'a.b.c.d', 'a.b.c.d.e', 'v2.local.xyz', `${segment('{}')}.b`])(
    'is not any other token: %s',
    async (token) => {
      const one = new IntrospectedIssuer(active)
      expect([await one.outcome(token), one.questions.length]).toEqual(['passes', 1])
    },
  )

  it("is asked about too with jwt: 'also', after its signature was verified", async () => {
    const one = new IntrospectedIssuer(active, { jwt: 'also' })
    const token = jwtOf(one)
    expect([await one.outcome(`${token.slice(0, -8)}AAAAAAAA`), one.questions.length]).toEqual(['signature_invalid', 0])
    expect([await one.outcome(token), await one.outcome(token), one.questions.length]).toEqual(['passes', 'passes', 1])
    expect((await one.verifier.verify(token)).claims.sub).toBe('user-1')
    one.answer({ active: false })
    one.clock.advance(30_000)
    expect(await one.outcome(token)).toBe('token_inactive')
    one.answer(500)
    expect(await one.outcome(jwtOf(one, { jti: 'another' }))).toBe('introspection_unavailable')
  })
})

test.each([' opaque', 'opaque\n', 'opäque', '', 'a"b', 'a b'])(
  'text that is no token is not sent: %j',
  async (token) => {
    const one = new IntrospectedIssuer(active)
    expect([await one.outcome(token), one.questions]).toEqual(['token_malformed', []])
  },
)

test('a token that is too long is not sent', async () => {
  const one = new IntrospectedIssuer(active, {}, { maxTokenLength: 100 })
  expect([await one.outcome('a'.repeat(101)), one.questions]).toEqual(['token_too_long', []])
})

test('without introspection, an opaque token is malformed', async () => {
  const one = new IntrospectedIssuer(active, {}, { introspection: undefined })
  expect([await one.outcome(), one.urls]).toEqual(['token_malformed', []])
})

describe('with several issuers', () => {
  const other = 'https://other.example.com'
  const fetched = new FakeFetch({ [endpoint]: active, [`${other}/introspect`]: { active: false } })
  const asked = { issuer, introspection: { endpoint, ...credentials } }
  const alsoAsked = { issuer: other, introspection: { endpoint: `${other}/introspect`, ...credentials } }
  const issuers = [asked, alsoAsked]
  const issuerOf = (token: string): string | undefined => {
    return token.startsWith('one_') ? issuer : token.startsWith('other_') ? other : undefined
  }

  async function codeOf(options: VerifierOptions, token: string): Promise<string> {
    const verifier = new TokenVerifier({ audience, fetch: fetched.fetch, ...options })
    return verifier.verify(token).then(
      ({ claims }) => claims.iss,
      (error: { code?: string }) => String(error.code),
    )
  }

  it('asks the one that has introspection', async () => {
    expect(await codeOf({ issuers: [asked, { issuer: other }] }, 'any')).toBe(issuer)
  })

  it.each([
    ['one_token', issuer],
    ['other_token', 'token_inactive'],
    ['unknown', 'issuer_mismatch'],
  ])('asks the one that issuerOf names: %s', async (token, outcome) => {
    expect(await codeOf({ issuers, issuerOf }, token)).toBe(outcome)
  })

  it('asks an issuer that resolveIssuer finds', async () => {
    const resolveIssuer = (iss: string) => (iss === issuer ? asked : undefined)
    expect(await codeOf({ resolveIssuer, issuerOf }, 'one_token')).toBe(issuer)
    expect(await codeOf({ resolveIssuer, issuerOf }, 'other_token')).toBe('issuer_mismatch')
  })

  it('refuses an opaque token of an issuer that issues JWTs', async () => {
    expect(await codeOf({ issuers: [asked, { issuer: other }], issuerOf }, 'other_token')).toBe('token_malformed')
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['returns a promise', async () => issuer],
    ['returns a number', () => 5],
  ])('answers 503 if issuerOf %s', async (_, wrong) => {
    const options = { issuers, issuerOf: wrong as () => string }
    expect(await codeOf(options, 'one_token')).toBe('verification_unavailable')
  })

  it('needs issuerOf, if more than one has introspection', () => {
    expect(() => new TokenVerifier({ audience, issuers })).toThrow(/issuerOf.*several issuers have `introspection`/)
  })

  it('does not share introspection among issuers', () => {
    const options = { audience, issuers: [{ issuer }, { issuer: other }], introspection: asked.introspection }
    expect(() => new TokenVerifier(options)).toThrow(/`introspection` belongs to one issuer/)
  })
})

describe('the options of introspection', () => {
  const privateKey = { keys: new LocalKeyProvider() }

  it.each<[string, Partial<IntrospectionOptions>, RegExp]>([
    ['no client', { clientId: undefined as unknown as string }, /`clientId` is missing/],
    ['no secret', { clientSecret: undefined }, /`clientSecret` is missing for client_secret_basic/],
    ['no key', { authMethod: 'private_key_jwt' }, /`privateKey` is missing for private_key_jwt/],
    ['both secret and key', { privateKey }, /`clientSecret` is not used by private_key_jwt/],
    ['an unknown method', { authMethod: 'tls_client_auth' as 'private_key_jwt' }, /`authMethod` must be one of/],
    ['plain http', { endpoint: 'http://issuer.example.com/introspect' }, /`endpoint` must be an https URL/],
    ['an unknown option', { cacheTTL: '5m' } as object, /did you mean `cacheTtl`/],
    ['a negative lifetime', { cacheTtl: '-1s' }, /`cacheTtl`/],
    ['no timeout', { timeout: '0s' }, /`timeout`/],
    ["jwt: 'only'", { jwt: 'only' as 'also' }, /`jwt` must be one of also/],
  ])('refuse %s', (_, wrong, message) => {
    const options = { issuer, audience, introspection: { endpoint, ...credentials, ...wrong } }
    const create = (): unknown => new TokenVerifier(options)
    expect(create).toThrow(ConfigurationError)
    expect(create).toThrow(message)
  })

  it('refuse a client that asks another issuer', () => {
    const introspection = new IntrospectionClient({ issuer: 'https://other.example.com', endpoint, ...credentials })
    expect(() => new TokenVerifier({ issuer, audience, introspection })).toThrow(/asks another issuer/)
  })

  it('may be a client, which the verifier does not close', async () => {
    const { fetch } = new FakeFetch({ [endpoint]: active })
    const introspection = new IntrospectionClient({ issuer, endpoint, ...credentials, fetch })
    const verifier = new TokenVerifier({ issuer, audience, introspection })
    verifier.close()
    expect((await verifier.verify('opaque-token')).claims.iss).toBe(issuer)
  })
})

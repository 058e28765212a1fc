import { createTestCertificate, createTestIssuer, type ForgedTokens, type TestIssuer } from '@bearerkit/testing'
import type { ExplainOptions } from '../../src/explanation/explain.ts'
import type { ExplainedStep, Explanation } from '../../src/explanation/explanation.ts'
import type { Clock } from '../../src/clock.ts'
import type { VerifierOptions } from '../../src/jwt/verifier-options.ts'
import { TokenVerifier } from '../../src/token-verifier.ts'

const start = Math.floor(Date.now() / 1000) * 1000

/** A clock that stands still, so many minutes ahead of the issuer's. */
function clockAt(minutes: number): Clock {
  return { now: () => start + minutes * 60_000 }
}

let issuer: TestIssuer

beforeAll(async () => {
  issuer = await createTestIssuer({ clock: clockAt(0) })
})
afterEach(() => issuer.recover())
afterAll(() => issuer.close())

function verifierWith(options: VerifierOptions): TokenVerifier {
  return new TokenVerifier({ issuer: issuer.issuer, audience: issuer.audience, clock: clockAt(0), ...options })
}

function explain(token: string, options: VerifierOptions = {}): Promise<Explanation> {
  return verifierWith(options).explain(token)
}

function failedIn({ steps }: Explanation): ExplainedStep | undefined {
  return steps.find(({ outcome }) => outcome === 'failed')
}

/** For each forged token, the step that refuses it, and a part of the advice. */
const forgeries: Readonly<Record<keyof ForgedTokens, readonly [step: string, advice: RegExp, arg?: string | number]>> =
  {
    algNone: ['format', /not signed/],
    hs256WithPublicKey: ['algorithm', /knows the public key of the issuer could have used it/],
    wrongKey: ['signature', /a forgery/],
    unknownKid: ['key', /must publish a key before it signs with it/],
    wrongTyp: ['type', /This is a logout token/],
    expired: ['expiry', /It was valid for 1 hour and ended 1 hour ago\./],
    notYetValid: [
      'not before',
      /becomes valid later\. The clock of this machine agrees with that of the issuer\. Wait until then/,
    ],
    wrongIssuer: ['issuer', /another issuer, tenant or environment/],
    wrongAudience: ['audience', /for another API: "https:\/\/other-resource\.example"/],
    missingExp: ['required claims', /valid forever/],
    infiniteExp: ['time claims', /number of seconds/],
    embeddedJwk: ['signature', /brings a key of its own \(`jwk`\), which is never used/],
    jku: ['signature', /brings a key of its own \(`jku`\), which is never used/, 'https://attacker.example/jwks'],
    x5c: ['signature', /brings a key of its own \(`x5c`\), which is never used/],
    unknownCrit: ['critical extensions', /needs an extension/],
    fiveParts: ['format', /encrypted/],
    tamperedPayload: ['signature', /changed after it was signed/],
    flippedSignatureBit: ['signature', /changed after it was signed/],
    nonCanonicalSignature: ['signature', /spelled differently/],
    junk: ['format', /opaque tokens, set the option `introspection`/, 40],
    hostileAlg: ['algorithm', /not one of this issuer/],
    boundToKey: ['binding', /Set the option `dpop`/],
  }

test.each(Object.entries(forgeries))('the forged token %s fails in the right step, with advice', async (name, row) => {
  const [step, advice, arg] = row
  const forge = issuer.forged[name as keyof ForgedTokens] as (arg?: string | number) => Promise<string>
  const explanation = await explain(await forge(arg))
  expect(failedIn(explanation)).toMatchObject({ name: step, advice: expect.stringMatching(advice) as string })
  expect(explanation.answer).toMatchObject({
    outcome: 'refused',
    status: 401,
    code: expect.stringMatching(/^token_/) as string,
  })
})

test('a good token passes every step', async () => {
  const { steps, answer } = await explain(await issuer.issue())
  expect(steps.map(({ name, outcome }) => [name, outcome])).toEqual(
    [
      'credentials',
      'length',
      'format',
      'header',
      'critical extensions',
      'type',
      'algorithm',
      'payload',
      'issuer',
      'keys',
    ]
      .concat(['key', 'signature', 'nesting', 'required claims', 'text claims', 'audience', 'time claims', 'expiry'])
      .concat(['issued at', 'binding'])
      .map((name) => [name, 'passed']),
  )
  expect(answer).toEqual({ outcome: 'accepted', status: undefined, code: undefined, reason: undefined, headers: {} })
})

test('the answer is that of an API: status, code, challenge, and the reason for the log', async () => {
  const token = await issuer.forged.wrongAudience()
  const { answer } = await explain(token, { realm: 'orders', challengeScopes: ['read'], dpop: true })
  expect(answer).toEqual({
    outcome: 'refused',
    status: 401,
    code: 'token_invalid',
    reason: 'audience_mismatch',
    headers: {
      'WWW-Authenticate': [
        'Bearer realm="orders", error="invalid_token", error_description="The access token is invalid", scope="read"',
        expect.stringMatching(/^DPoP realm="orders", scope="read", algs="/),
      ],
    },
  })
})

test('steps after the failed one are not reached, and show nothing of the token', async () => {
  const { steps } = await explain(await issuer.forged.unknownKid())
  const later = steps.slice(steps.findIndex(({ outcome }) => outcome === 'failed') + 1)
  expect(later.map(({ name }) => name)).toContain('audience')
  for (const step of later) expect(step).toMatchObject({ outcome: 'not reached', found: undefined, advice: undefined })
})

test('an audience that is switched off is shown as skipped', async () => {
  const { steps, answer } = await explain(await issuer.forged.wrongAudience(), { audience: null })
  expect(steps.find(({ name }) => name === 'audience')).toMatchObject({
    outcome: 'skipped',
    expected: 'anything: `audience` is null',
  })
  expect(answer.outcome).toBe('accepted')
})

interface Cause {
  readonly token: () => Promise<string> | string
  readonly options?: () => VerifierOptions
  readonly step: string
  readonly found?: RegExp
  readonly advice: RegExp
  readonly status?: number
}

const causes: Readonly<Record<string, Cause>> = {
  'the audience has a slash at the end': {
    token: () => issuer.forge({ claims: { aud: `${issuer.audience}/` } }),
    step: 'audience',
    advice: /Only the slash at the end differs.*`audience: "https:\/\/api\.example\.com\/"`/,
  },
  'the audience is written in other case': {
    token: () => issuer.forge({ claims: { aud: issuer.audience.toUpperCase() } }),
    step: 'audience',
    advice: /Only upper and lower case differs/,
  },
  'the audience is missing': {
    token: () => issuer.forge({ claims: { aud: undefined } }),
    step: 'audience',
    advice: /names no API at all|list of texts/,
  },
  'the issuer in the options has a slash at the end': {
    token: () => issuer.issue(),
    options: () => ({ issuer: `${issuer.issuer}/`, keys: issuer.keys }),
    step: 'issuer',
    advice: /Only the slash at the end differs.*`issuer: "http:\/\/127\.0\.0\.1:\d+"`/,
  },
  'the issuer in the token has a slash at the end': {
    token: () => issuer.forge({ claims: { iss: `${issuer.issuer}/` } }),
    step: 'issuer',
    advice: /Only the slash at the end differs/,
  },
  'the issuer in the token has another scheme, as behind a proxy': {
    token: () => issuer.forge({ claims: { iss: issuer.issuer.replace('http:', 'https:') } }),
    step: 'issuer',
    advice: /Only the scheme differs.*public URL/,
  },
  'the token is of another tenant': {
    token: () => issuer.forge({ claims: { iss: `${issuer.issuer}/other` } }),
    step: 'issuer',
    advice: /another tenant or realm/,
  },
  'there is no issuer': {
    token: () => issuer.forge({ claims: { iss: undefined } }),
    step: 'issuer',
    found: /^`iss` none$/,
    advice: /does not say who issued it/,
  },
  'the key is not published yet': {
    token: () => issuer.forge({ header: { kid: 'test.2' } }),
    step: 'key',
    found: /^`kid` "test\.2"$/,
    advice: /must publish a key before it signs with it; the API looks again within 15 seconds/,
  },
  'the clock of this machine is behind': {
    token: () => issuer.issue(),
    options: () => ({ clock: clockAt(-10) }),
    step: 'issued at',
    found: /in 10 minutes$/,
    advice: /The clock of this machine \(20.*Z\) is 10 minutes( 1 second)? behind that of the issuer: synchronize both/,
  },
  'the clock of this machine is ahead': {
    token: () => issuer.issue(),
    options: () => ({ clock: clockAt(60) }),
    step: 'expiry',
    found: /^`exp` 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ, 50 minutes ago$/,
    advice: /By the clock of the issuer, the token has not expired\. The clock of this machine .* is 1 hour ahead of/,
  },
  'the clock of this machine is ahead, and nothing tells the time of the issuer': {
    token: () => issuer.issue(),
    options: () => ({ clock: clockAt(60), keys: issuer.keys }),
    step: 'expiry',
    advice: /If the token is new, compare the clocks: this machine says 20/,
  },
  'the clock of this machine is behind, and nothing tells the time of the issuer': {
    token: () => issuer.issue(),
    options: () => ({ clock: clockAt(-10), keys: issuer.keys }),
    step: 'issued at',
    advice: /The clock of this machine \(20.*Z\) is behind that of the issuer by 10 minutes or more/,
  },
  'the clock that writes the tokens is ahead of that of the JWKS': {
    token: () => issuer.forge({ claims: { iat: start / 1000 + 600 } }),
    step: 'issued at',
    advice: /agrees with that of the issuer\. The clock that wrote `iat` is another one/,
  },
  'the issuer writes milliseconds': {
    token: () => issuer.forge({ claims: { iat: Date.now() } }),
    step: 'issued at',
    advice: /looks like milliseconds/,
  },
  'an ID token is sent, for the client': {
    token: () =>
      issuer.forge({
        header: { typ: 'JWT' },
        claims: { aud: 'client-1', azp: 'client-1', nonce: 'n-1', at_hash: 'AAAA' },
      }),
    step: 'audience',
    advice: /This looks like an ID token.*`access_token`/,
  },
  'an ID token is sent where RFC 9068 is required': {
    token: () => issuer.forge({ header: { typ: 'JWT' }, claims: { aud: 'client-1', nonce: 'n-1' } }),
    options: () => ({ profile: 'rfc9068' }),
    step: 'type',
    advice: /This looks like an ID token/,
  },
  'the token is for the client that asked for it': {
    token: () => issuer.forge({ claims: { aud: 'client-1', azp: 'client-1' } }),
    step: 'audience',
    advice: /names the client itself/,
  },
  'an issuer does not follow RFC 9068': {
    token: () => issuer.forge({ header: { typ: 'JWT' } }),
    options: () => ({ profile: 'rfc9068' }),
    step: 'type',
    advice: /use `profile: 'jwt'`/,
  },
  'a DPoP proof is sent as the token': {
    token: () => issuer.forged.wrongTyp('dpop+jwt'),
    step: 'type',
    advice: /This is a DPoP proof/,
  },
  'the token is opaque': {
    token: () => issuer.issueOpaque(),
    step: 'format',
    found: /^one part: an opaque token/,
    advice: /set the option `introspection`/,
  },
  'the scheme is part of the token': {
    token: async () => `Bearer ${await issuer.issue()}`,
    step: 'credentials',
    found: /^the scheme Bearer in front/,
    advice: /the scheme only once/,
    status: 400,
  },
  'the token has a line break': {
    token: async () => `${await issuer.issue()}\n`,
    step: 'credentials',
    found: /^a line break$/,
    advice: /no line breaks/,
    status: 400,
  },
  'nothing is sent': { token: () => '', step: 'credentials', found: /^no token$/, advice: /token alone/, status: 400 },
  'the issuer is down': {
    token: () => {
      issuer.fail({ kind: 'down' })
      return issuer.issue()
    },
    step: 'keys',
    found: /127\.0\.0\.1/,
    advice: /The token may be good.*can be reached from here/,
    status: 503,
  },
  'the issuer answers with an error': {
    token: () => {
      issuer.fail({ kind: 'status', status: 500 }, { only: 'jwks' })
      return issuer.issue()
    },
    step: 'keys',
    found: /500/,
    advice: /`jwks_uri`/,
    status: 503,
  },
  'the key provider of the application fails': {
    token: () => issuer.issue(),
    options: () => ({ keys: { verificationKeys: () => Promise.reject(new Error('no database')), trusts: () => true } }),
    step: 'keys',
    found: /^no database$/,
    advice: /the key provider failed/,
    status: 503,
  },
  'the revocation check fails': {
    token: () => issuer.issue(),
    options: () => ({ isRevoked: () => Promise.reject(new Error('no Redis')) }),
    step: 'revocation',
    found: /^no Redis$/,
    advice: /could find out whether it was revoked/,
    status: 503,
  },
  'the token was revoked': {
    token: () => issuer.issue(),
    options: () => ({ isRevoked: () => true }),
    step: 'revocation',
    advice: /was revoked/,
  },
  'the issuer of a tenant cannot be looked up': {
    token: () => issuer.issue(),
    options: () => ({ issuer: undefined, resolveIssuer: () => Promise.reject(new Error('no tenants')) }),
    step: 'issuer',
    found: /no tenants/,
    advice: /Repair `resolveIssuer`/,
    status: 503,
  },
  'the issuer has revoked a JWT': {
    token: async () => {
      const token = await issuer.issue()
      issuer.revoke(token)
      return token
    },
    options: () => ({ introspection: { ...issuer.client, jwt: 'also' } }),
    step: 'introspection',
    advice: /does not stand by the token/,
  },
  'the issuer does not answer about a JWT': {
    token: () => {
      issuer.fail({ kind: 'status', status: 500 }, { only: 'introspection' })
      return issuer.issue()
    },
    options: () => ({ introspection: { ...issuer.client, jwt: 'also' } }),
    step: 'introspection',
    found: /500/,
    advice: /introspection endpoint can be reached/,
    status: 503,
  },
  'the issuer of an opaque token is not known': {
    token: () => issuer.issueOpaque(),
    options: () => ({ introspection: issuer.client, issuerOf: () => undefined }),
    step: 'issuer',
    found: /^none$/,
    advice: /what `issuerOf` returns/,
  },
  'issuerOf fails': {
    token: () => issuer.issueOpaque(),
    options: () => ({
      introspection: issuer.client,
      issuerOf: () => {
        throw new Error('no prefix')
      },
    }),
    step: 'issuer',
    found: /no prefix/,
    advice: /what `issuerOf` returns/,
    status: 503,
  },
  'the token is bound to a certificate, and the request has none': {
    token: () => issuer.issue({}, { boundTo: { certificate: createTestCertificate().cert } }),
    options: () => ({ mtls: true }),
    step: 'certificate',
    found: /presented none/,
    advice: /no connection with a certificate/,
  },
  'the token is bound to a certificate, and the API does not look at certificates': {
    token: () => issuer.issue({}, { boundTo: { certificate: createTestCertificate().cert } }),
    step: 'binding',
    found: /a certificate/,
    advice: /Set the option `mtls`/,
  },
  'one of several issuers is stricter than the others': {
    token: () => issuer.forge({ header: { typ: 'JWT' } }),
    options: () => ({
      issuer: undefined,
      issuers: [{ issuer: issuer.issuer, profile: 'rfc9068' }, { issuer: 'https://other.example' }],
    }),
    step: 'type',
    found: /^`typ` "JWT"$/,
    advice: /use `profile: 'jwt'`/,
  },
  'the opaque token is not active': {
    token: () => issuer.forgeOpaque({ answer: { active: false } }),
    options: () => ({ introspection: issuer.client }),
    step: 'introspection',
    advice: /does not stand by the token/,
  },
  'the opaque token is for another API': {
    token: () => issuer.forgeOpaque({ answer: { aud: 'https://other.example' } }),
    options: () => ({ introspection: issuer.client }),
    step: 'audience',
    found: /other\.example/,
    advice: /for another API/,
  },
  'the issuer says that the opaque token is of another issuer': {
    token: () => issuer.forgeOpaque({ answer: { iss: 'https://other.example' } }),
    options: () => ({ introspection: issuer.client }),
    step: 'introspection',
    advice: /does not stand by the token/,
  },
  'the issuer does not accept the credentials for introspection': {
    token: () => issuer.issueOpaque(),
    options: () => ({ introspection: { ...issuer.client, clientSecret: 'wrong' } }),
    step: 'introspection',
    found: /401/,
    advice: /accepts the credentials/,
    status: 503,
  },
}

test.each(Object.entries(causes))(
  'names the cause: %s',
  async (_, { token, options, step, found = /./, advice, status = 401 }) => {
    const text = await token()
    const explanation = await explain(text, options?.())
    expect(failedIn(explanation)).toMatchObject({
      name: step,
      found: expect.stringMatching(found) as string,
      advice: expect.stringMatching(advice) as string,
    })
    expect(explanation.answer.status).toBe(status)
  },
)

test.each(['kid', 'alg', 'typ', 'iss', 'aud'])('another token in `%s` is not shown whole', async (member) => {
  const secret = await issuer.issue()
  const token = await issuer.forge({ header: { [member]: secret }, claims: { [member]: [secret, secret] } })
  const text = JSON.stringify(await explain(token))
  expect(text).not.toContain(secret.split('.')[2])
})

test.each<[string, string, ExplainOptions]>([
  ['is too long', 'x'.repeat(20_000), {}],
  [
    'is presented with a scheme that is not accepted',
    'opaque-token',
    { dpop: { proof: 'x', url: 'https://a.example/' } },
  ],
  ['has characters that no token has', 'a password!', {}],
])('asks the issuer no more than an API does: an opaque token that %s is not sent to it', async (_, token, options) => {
  const { introspection } = issuer.requests
  const verifier = new TokenVerifier({ issuer: issuer.issuer, audience: issuer.audience, introspection: issuer.client })
  await verifier.explain(token, options)
  expect(issuer.requests.introspection).toBe(introspection)
})

test('asks the issuer once about an opaque token, although it does not answer', async () => {
  const { introspection } = issuer.requests
  issuer.fail({ kind: 'status', status: 500 }, { only: 'introspection' })
  await explain(await issuer.issueOpaque(), { introspection: issuer.client })
  expect(issuer.requests.introspection).toBe(introspection + 1)
})

test.each<[string, () => Promise<string>, number]>([
  ['whose header is refused', () => issuer.forged.wrongTyp('dpop+jwt'), 0],
  ['that is no JWT', async () => 'a.b', 0],
  ['that has expired', () => issuer.forged.expired(), 1],
  ['that is good', () => issuer.issue(), 1],
])('asks `resolveIssuer` no more than an API does, for a token %s', async (_, tokenFor, calls) => {
  const resolveIssuer = jest.fn(() => ({}))
  await explain(await tokenFor(), { issuer: undefined, resolveIssuer })
  expect(resolveIssuer).toHaveBeenCalledTimes(calls)
})

test.each<[string, unknown]>([
  ['null', null],
  ['a proof that is null', { dpop: null }],
])('explains a token with the options of JavaScript: %s', async (_, options) => {
  const { answer } = await verifierWith({ dpop: true }).explain(await issuer.issue(), options as ExplainOptions)
  expect(answer.outcome).toBe('accepted')
})

test.each<[string, unknown]>([
  ['that is a text', 'proof'],
  ['that is empty', {}],
  ['for a URL that is none', { proof: 'a.b.c', url: 5 }],
  ['that is no text', { proof: 5, url: 'https://api.example.com/' }],
])('explains a proof %s, instead of rejecting', async (_, dpop) => {
  const token = await issuer.issue({}, { boundTo: { jkt: 'x'.repeat(43) } })
  const { answer } = await verifierWith({ dpop: true }).explain(token, { dpop } as ExplainOptions)
  expect(answer.code).toBe('proof_invalid')
})

test.each([undefined, 1, null])('explains %s, which is no text, as no token', async (token) => {
  const explanation = await explain(token as never)
  expect(failedIn(explanation)).toMatchObject({ name: 'credentials', found: 'no token' })
})

test('a message of the application is shown without the token, and without the password in a URL', async () => {
  const token = await issuer.issue()
  const isRevoked = (): never => {
    throw new Error(`cannot look up ${token} at rediss://app:secret@redis.example:6379/0`)
  }
  expect(failedIn(await explain(token, { isRevoked }))).toMatchObject({
    found: 'cannot look up (the token) at rediss://redis.example:6379/0',
  })
})

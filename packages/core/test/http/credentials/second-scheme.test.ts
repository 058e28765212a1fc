import { createHmac } from 'node:crypto'
import { ProofError } from '../../../src/errors.ts'
import { Authenticator } from '../../../src/http/authenticator.ts'
import { allScopesGuard } from '../../../src/http/guards/guards.ts'
import type { KeyConfirmation } from '../../../src/http/credentials/key-confirmation.ts'
import { type AuthenticationScheme, bearer, schemeOf } from '../../../src/http/credentials/scheme.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../../support/foreign-issuer.ts'
import { type Outcome, outcomeOf } from '../outcome.ts'

/**
 * A mechanism for this test. Its token names a secret in `cnf`, and the header `stamp` must contain the HMAC of the path,
 * keyed with that secret.
 */
const stamping: KeyConfirmation = {
  member: 'stamp',
  async confirm({ request, issued }) {
    const { stamp: sent } = request.headers
    const { stamp: secret } = issued['cnf'] as { stamp: string }
    if (sent === undefined)
      throw new ProofError('stamp_missing', 'no stamp', { error: 'use_stamp', headers: { 'Stamp-Hint': 'path' } })
    if (sent !== stampFor(secret, request.url)) throw new ProofError('stamp_wrong', 'another stamp was expected')
    return { proof: { kind: 'mtls', thumbprint: `${request.url}` }, headers: { 'Stamp-Next': 'soon' } }
  },
}

/** A mechanism without a scheme of its own, like a certificate: it also confirms the keys of Bearer tokens. */
const sealing: KeyConfirmation = {
  member: 'seal',
  confirm({ request, issued }) {
    const { seal: expected } = issued['cnf'] as { seal: string }
    if (request.headers['seal'] !== expected) throw new ProofError('seal_wrong', 'another seal was expected')
    return { proof: { kind: 'mtls', thumbprint: expected } }
  },
}

/** A scheme for this test. It has everything that a scheme can have: a proof, challenge parameters and errors. */
const stamped = schemeOf('Stamped', {
  confirmations: [stamping],
  required: ['stamp'],
  challengeParameters: { algs: 'HS256' },
})

function stampFor(secret: string, path = ''): string {
  return createHmac('sha256', secret).update(path).digest('hex')
}

const secret = 'a secret of the sender'
const clock = new ManualClock()
const foreign = new ForeignIssuer()
const claims = { iss: issuer, aud: audience, sub: 'user-1', exp: clock.seconds() + 60, scope: 'a' }
const plain = foreign.sign(claims)
const bound = foreign.sign({ ...claims, cnf: { stamp: secret } })

const stampedChallenge = 'Stamped realm="api"'
const algs = ', algs="HS256"'

function authenticatorOf(
  options: VerifierOptions = {},
  schemes: readonly AuthenticationScheme[] = [bearer, stamped],
): Authenticator {
  const { fetch } = new FakeFetch({ [jwksUrl]: foreign.jwks })
  return new Authenticator({ issuer, audience, jwksUrl, clock, fetch, ...options }, schemes)
}

function ask(authenticator: Authenticator, authorization?: string, stamp?: string, more?: object): Promise<Outcome> {
  const headers = { ...(authorization && { authorization }), ...(stamp && { stamp }), ...more }
  const request = { method: 'GET', url: '/me', headers }
  return outcomeOf((continuation) => authenticator.authenticate(request, continuation))
}

function invalid(description: string): string {
  return `, error="invalid_token", error_description="${description}"`
}

describe('a second scheme in addition to Bearer', () => {
  it('lets a request pass with its token and proof, and shows both to handlers', async () => {
    const { auth } = await ask(authenticatorOf(), `Stamped ${bound}`, stampFor(secret, '/me'))
    expect(auth).toMatchObject({ scheme: 'Stamped', token: bound, proof: { thumbprint: '/me' } })
  })

  it('has a case-insensitive name (RFC 9110 §11.1)', async () => {
    const { auth } = await ask(authenticatorOf(), `sTAMPED  ${bound}`, stampFor(secret, '/me'))
    expect(auth?.scheme).toBe('Stamped')
  })

  it.each([
    ['X.Stamped+2', 'token_invalid'],
    ['XyStamped2', 'credentials_missing'],
  ])('may have any character of a token in its name (RFC 9110 §11.1): asked with %s', async (name, code) => {
    const scheme = { ...stamped, name: 'X.Stamped+2' }
    const authenticator = new Authenticator({ issuer, audience, jwksUrl, clock }, [bearer, scheme])
    expect((await ask(authenticator, `${name} a.b.c`)).error?.code).toBe(code)
  })

  it('checks the proof each time a cached token is used', async () => {
    const authenticator = authenticatorOf()
    expect((await ask(authenticator, `Stamped ${bound}`, stampFor(secret, '/me'))).auth).toBeDefined()
    expect((await ask(authenticator, `Stamped ${bound}`, stampFor(secret, '/other'))).error?.reason).toBe('stamp_wrong')
    expect((await ask(authenticator, `Stamped ${bound}`, stampFor(secret, '/me'))).auth).toBeDefined()
  })

  it('does not change Bearer', async () => {
    const { auth } = await ask(authenticatorOf(), `Bearer ${plain}`)
    expect(auth).toMatchObject({ scheme: 'Bearer', proof: undefined })
  })

  const both = (inBearer: string, inStamped: string): string[] => [
    `Bearer realm="api"${inBearer}`,
    `${stampedChallenge}${inStamped}${algs}`,
  ]

  it.each<[string, string | undefined, string | undefined, string | undefined, string[]]>([
    ['no credentials', undefined, undefined, 'credentials_missing', both('', '')],
    ['another scheme', 'Basic abc', undefined, 'credentials_missing', both('', '')],
    [
      'a bound token as Bearer',
      `Bearer ${bound}`,
      undefined,
      'proof_required',
      both(invalid('The access token is invalid'), ''),
    ],
    [
      'a plain token in the second scheme',
      `Stamped ${plain}`,
      stampFor(secret, '/me'),
      'token_unbound',
      both('', invalid('The access token is invalid')),
    ],
    [
      'a wrong proof',
      `Stamped ${bound}`,
      'wrong',
      'stamp_wrong',
      both('', invalid('The proof of possession is invalid')),
    ],
    [
      'no proof',
      `Stamped ${bound}`,
      undefined,
      'stamp_missing',
      both('', ', error="use_stamp", error_description="The proof of possession is invalid"'),
    ],
  ])(
    'is offered in a separate challenge, which has the error of its requests: %s',
    async (_, authorization, stamp, reason, expected) => {
      const { error } = await ask(authenticatorOf(), authorization, stamp)
      expect(error).toMatchObject({ status: 401, reason })
      expect(error?.headers['WWW-Authenticate']).toEqual(expected)
    },
  )

  it('can set additional headers on the answer', async () => {
    const { error } = await ask(authenticatorOf(), `Stamped ${bound}`)
    expect(error?.headers).toMatchObject({ 'Stamp-Hint': 'path' })
  })

  it('does not check the proof of an invalid token', async () => {
    const expired = foreign.sign({ ...claims, exp: 1, cnf: { stamp: secret } })
    expect((await ask(authenticatorOf(), `Stamped ${expired}`)).error?.reason).toBe('token_expired')
  })

  it('lets a request pass while the same bound token is presented as Bearer', async () => {
    const authenticator = authenticatorOf()
    const [asBearer, asStamped] = await Promise.all([
      ask(authenticator, `Bearer ${bound}`),
      ask(authenticator, `Stamped ${bound}`, stampFor(secret, '/me')),
    ])
    expect(asBearer.error?.reason).toBe('proof_required')
    expect(asStamped.auth).toBeDefined()
    expect((await ask(authenticator, `Bearer ${bound}`)).error?.reason).toBe('proof_required')
  })

  it('has the error in its challenge if a guard refuses its request', async () => {
    const authenticator = authenticatorOf()
    const headers = { authorization: `Stamped ${bound}`, stamp: stampFor(secret, '/me') }
    const request = { method: 'GET', url: '/me', headers }
    await outcomeOf((continuation) => authenticator.authenticate(request, continuation))
    const { error } = await outcomeOf((continuation) => allScopesGuard('b')(request, continuation))
    const refused =
      ', error="insufficient_scope", error_description="The access token does not have the required scope"'
    expect(error?.headers['WWW-Authenticate']).toEqual(both(', scope="b"', `${refused}, scope="b"`))
  })
  it('can set headers on the answer to a request that passes, and on the refusal of a guard after it', async () => {
    const authenticator = authenticatorOf()
    const headers = { authorization: `Stamped ${bound}`, stamp: stampFor(secret, '/me') }
    const request = { method: 'GET', url: '/me', headers }
    const announced = await new Promise((resolve) => {
      authenticator.authenticate(request, { pass: (_auth, given) => resolve(given), refuse: resolve })
    })
    expect(announced).toEqual({ 'Stamp-Next': 'soon' })
    const { error } = await outcomeOf((continuation) => allScopesGuard('b')(request, continuation))
    expect(error?.headers).toMatchObject({ 'Stamp-Next': 'soon' })
  })

  it('has no challenge if no token can pass in it', async () => {
    const closed = schemeOf('Bearer', { required: ['stamp'] })
    const authenticator = authenticatorOf({}, [closed, stamped])
    const { error } = await ask(authenticator, `Bearer ${plain}`)
    expect(error).toMatchObject({ status: 401, reason: 'token_unbound' })
    expect(error?.headers['WWW-Authenticate']).toBe(
      `${stampedChallenge}${invalid('The access token is invalid')}${algs}`,
    )
    expect((await ask(authenticator, `Bearer ${bound}`)).error?.reason).toBe('proof_required')
  })
})

describe('a token with keys of several mechanisms', () => {
  const schemes = [
    schemeOf('Bearer', { confirmations: [sealing] }),
    schemeOf('Stamped', { confirmations: [sealing, stamping], required: ['stamp'] }),
  ]
  const tokenBoundBy = (cnf: unknown): string => foreign.sign({ ...claims, cnf })
  const goodStamp = stampFor(secret, '/me')

  it.each<[string, string, unknown, string | undefined, object]>([
    [
      'passes with both proofs',
      'Stamped',
      { stamp: secret, seal: 'red' },
      undefined,
      { stamp: goodStamp, seal: 'red' },
    ],
    ['needs the one', 'Stamped', { stamp: secret, seal: 'red' }, 'stamp_missing', { seal: 'red' }],
    ['needs the other', 'Stamped', { stamp: secret, seal: 'red' }, 'seal_wrong', { stamp: goodStamp }],
    ['needs only the proof that it names', 'Stamped', { stamp: secret }, undefined, { stamp: goodStamp }],
    ['may be Bearer with the proof of that mechanism', 'Bearer', { seal: 'red' }, undefined, { seal: 'red' }],
    ['needs that proof as Bearer', 'Bearer', { seal: 'red' }, 'seal_wrong', { seal: 'blue' }],
    ['is refused as Bearer with both', 'Bearer', { stamp: secret, seal: 'red' }, 'proof_required', { seal: 'red' }],
    ['needs the key of the scheme', 'Stamped', { seal: 'red' }, 'token_unbound', { seal: 'red', stamp: goodStamp }],
    [
      'is refused with an unknown member',
      'Stamped',
      { stamp: secret, kid: '1' },
      'proof_required',
      { stamp: goodStamp },
    ],
    ['is refused with an empty `cnf`', 'Bearer', {}, 'proof_required', {}],
    ['is refused with a `cnf` that is null', 'Bearer', null, 'proof_required', {}],
    ['is refused with a `cnf` that is a list', 'Bearer', ['seal'], 'proof_required', { seal: 'red' }],
    ['is refused with a `cnf` that is text', 'Bearer', 'seal', 'proof_required', { seal: 'red' }],
  ])('%s', async (_, scheme, cnf, reason, headers) => {
    const { auth, error } = await ask(
      authenticatorOf({}, schemes),
      `${scheme} ${tokenBoundBy(cnf)}`,
      undefined,
      headers,
    )
    expect(error?.reason).toBe(reason)
    expect(auth === undefined).toBe(reason !== undefined)
  })

  it('is not bound to a member that it only inherits', async () => {
    const token = foreign.signSegments(
      Buffer.from(JSON.stringify({ alg: 'ES256', kid: foreign.kid })).toString('base64url'),
      Buffer.from(
        JSON.stringify({ ...claims, cnf: 0 }).replace('"cnf":0', '"cnf":{"__proto__":{"seal":"red"}}'),
      ).toString('base64url'),
    )
    const { error } = await ask(authenticatorOf({}, schemes), `Bearer ${token}`, undefined, { seal: 'red' })
    expect(error?.reason).toBe('proof_required')
  })
})

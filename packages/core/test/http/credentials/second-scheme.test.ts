import { createHmac } from 'node:crypto'
import { ProofError, TokenError } from '../../../src/errors.ts'
import { Authenticator } from '../../../src/http/authenticator.ts'
import { allScopesGuard } from '../../../src/http/guards/guards.ts'
import { type AuthenticationScheme, bearer } from '../../../src/http/credentials/scheme.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../../support/foreign-issuer.ts'
import { type Outcome, outcomeOf } from '../outcome.ts'

/**
 * A scheme for this test. Its token names a secret in `cnf`, and the header `stamp` must contain the HMAC of the path,
 * keyed with that secret. It has everything that a scheme can have: a proof, challenge parameters and errors.
 */
const stamped: AuthenticationScheme = {
  name: 'Stamped',
  challengeParameters: { algs: 'HS256' },
  checkBinding({ cnf }) {
    if (typeof (Object(cnf) as { stamp?: unknown }).stamp !== 'string') throw new TokenError('proof_required')
  },
  async prove({ request, issued }) {
    const stamp = request.headers['stamp']
    const { stamp: secret } = issued['cnf'] as { stamp: string }
    if (stamp === undefined)
      throw new ProofError('stamp_missing', 'no stamp', { error: 'use_stamp', headers: { 'Stamp-Hint': 'path' } })
    if (stamp !== stampFor(secret, request.url)) throw new ProofError('stamp_wrong', 'another stamp was expected')
    return { kind: 'stamp', path: request.url }
  },
}

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

function authenticatorOf(options: VerifierOptions = {}): Authenticator {
  const { fetch } = new FakeFetch({ [jwksUrl]: foreign.jwks })
  return new Authenticator({ issuer, audience, jwksUrl, clock, fetch, ...options }, [bearer, stamped])
}

function ask(authenticator: Authenticator, authorization?: string, stamp?: string): Promise<Outcome> {
  const headers = { ...(authorization && { authorization }), ...(stamp && { stamp }) }
  const request = { method: 'GET', url: '/me', headers }
  return outcomeOf((continuation) => authenticator.authenticate(request, continuation))
}

function invalid(description: string): string {
  return `, error="invalid_token", error_description="${description}"`
}

describe('a second scheme in addition to Bearer', () => {
  it('lets a request pass with its token and proof, and shows both to handlers', async () => {
    const { auth } = await ask(authenticatorOf(), `Stamped ${bound}`, stampFor(secret, '/me'))
    expect(auth).toMatchObject({ scheme: 'Stamped', token: bound, proof: { kind: 'stamp', path: '/me' } })
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
      'proof_required',
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
})

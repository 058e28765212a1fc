import { createTestCertificate } from '@bearerkit/testing'
import { Authenticator } from '../../../src/http/authenticator.ts'
import type { HttpRequest } from '../../../src/http-message.ts'
import type { MtlsOptions } from '../../../src/jwt/binding/mtls-options.ts'
import { TokenVerifier } from '../../../src/token-verifier.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { isErrorNamed } from '../../../src/recognized-errors.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../../support/foreign-issuer.ts'
import { type Outcome, outcomeOf } from '../outcome.ts'

const client = createTestCertificate()
const other = createTestCertificate()
const clock = new ManualClock()
const foreign = new ForeignIssuer()

function tokenWith(cnf?: unknown): string {
  const claims = { iss: issuer, aud: audience, sub: 'user-1', exp: clock.seconds() + 60 }
  return foreign.sign(cnf === undefined ? claims : { ...claims, cnf })
}

const plain = tokenWith()
const bound = tokenWith({ 'x5t#S256': client.thumbprint })

function optionsWith(mtls: boolean | MtlsOptions | undefined, more: VerifierOptions = {}): VerifierOptions {
  const { fetch } = new FakeFetch({ [jwksUrl]: foreign.jwks })
  return { issuer, audience, jwksUrl, clock, fetch, mtls, ...more }
}

/** A request over a connection with this certificate. */
function requestOf(authorization: string, certificate?: { readonly der: Buffer }): HttpRequest {
  const raw = certificate?.der
  const socket = { getPeerX509Certificate: () => (raw === undefined ? undefined : { raw }) }
  return { method: 'GET', url: '/me', headers: { authorization }, socket: socket as object }
}

function ask(authenticator: Authenticator, request: HttpRequest): Promise<Outcome> {
  return outcomeOf((continuation) => authenticator.authenticate(request, continuation))
}

describe('a token that is bound to a certificate', () => {
  it.each<[string, boolean | MtlsOptions]>([
    ['true', true],
    ["certificate: 'socket'", { certificate: 'socket' }],
    ['required', { required: true }],
  ])('passes over a connection with that certificate (%s), and the proof is shown', async (_, mtls) => {
    const { auth } = await ask(new Authenticator(optionsWith(mtls)), requestOf(`Bearer ${bound}`, client))
    expect(auth).toMatchObject({ scheme: 'Bearer', proof: { kind: 'mtls', thumbprint: client.thumbprint } })
  })

  it.each<[string, { readonly der: Buffer } | undefined, string]>([
    ['without a certificate', undefined, 'certificate_missing'],
    ['with another certificate', other, 'certificate_mismatch'],
  ])('is refused over a connection %s', async (_, certificate, reason) => {
    const { error } = await ask(new Authenticator(optionsWith(true)), requestOf(`Bearer ${bound}`, certificate))
    expect(error).toMatchObject({ status: 401, code: 'proof_invalid', error: 'invalid_token', reason })
    expect(error?.headers['WWW-Authenticate']).toBe(
      'Bearer realm="api", error="invalid_token", error_description="The proof of possession is invalid"',
    )
  })

  it.each<[string, unknown]>([
    ['in hexadecimal', Buffer.from(client.thumbprint, 'base64url').toString('hex')],
    ['with padding', `${client.thumbprint}=`],
    ['in base64', Buffer.from(client.thumbprint, 'base64url').toString('base64')],
    ['in a list', [client.thumbprint]],
    ['that is empty', ''],
    ['that is null', null],
  ])('is refused if it has a thumbprint %s', async (_, thumbprint) => {
    const request = requestOf(`Bearer ${tokenWith({ 'x5t#S256': thumbprint })}`, client)
    expect((await ask(new Authenticator(optionsWith(true)), request)).error?.reason).toBe('certificate_mismatch')
  })

  it('is refused if the option is off, also with the right certificate', async () => {
    for (const mtls of [undefined, false]) {
      const { error } = await ask(new Authenticator(optionsWith(mtls)), requestOf(`Bearer ${bound}`, client))
      expect(error?.reason).toBe('proof_required')
    }
  })

  it('is checked at each use, also after it was cached', async () => {
    const authenticator = new Authenticator(optionsWith(true))
    const reasons = []
    for (const certificate of [client, other, undefined, client])
      reasons.push((await ask(authenticator, requestOf(`Bearer ${bound}`, certificate))).error?.reason)
    expect(reasons).toEqual([undefined, 'certificate_mismatch', 'certificate_missing', undefined])
  })

  it('is refused without a proof by a verifier that sees no connection', async () => {
    for (const mtls of [true, { required: true }])
      await expect(new TokenVerifier(optionsWith(mtls)).verify(bound)).rejects.toThrow(/bound to a key/)
  })
})

describe('a token that is not bound', () => {
  it('passes, with or without a certificate, and has no proof', async () => {
    const authenticator = new Authenticator(optionsWith(true))
    for (const certificate of [client, undefined]) {
      const { auth } = await ask(authenticator, requestOf(`Bearer ${plain}`, certificate))
      expect([auth?.scheme, auth?.proof]).toEqual(['Bearer', undefined])
    }
  })

  it('is refused if a certificate is required', async () => {
    const options = optionsWith({ required: true })
    expect((await ask(new Authenticator(options), requestOf(`Bearer ${plain}`, client))).error).toMatchObject({
      status: 401,
      reason: 'token_unbound',
    })
    await expect(new TokenVerifier(options).verify(plain)).rejects.toMatchObject({ code: 'token_unbound' })
  })
})

describe('a token whose `cnf` has something else', () => {
  it.each<[string, unknown]>([
    ['another member', { jkt: 'x' }],
    ['another member beside the certificate', { 'x5t#S256': client.thumbprint, kid: 'x' }],
    ['the SHA-1 thumbprint', { x5t: 'x' }],
    ['no member', {}],
    ['a string', client.thumbprint],
    ['a list', [client.thumbprint]],
    ['null', null],
  ])('is refused: %s', async (_, cnf) => {
    const request = requestOf(`Bearer ${tokenWith(cnf)}`, client)
    expect((await ask(new Authenticator(optionsWith(true)), request)).error?.reason).toBe('proof_required')
  })
})

it('a cached token with a certificate is accepted without a promise', async () => {
  const authenticator = new Authenticator(optionsWith(true))
  await ask(authenticator, requestOf(`Bearer ${bound}`, client))
  let passed = false
  authenticator.authenticate(requestOf(`Bearer ${bound}`, client), {
    pass: () => (passed = true),
    refuse: (error) => expect(error).toBeUndefined(),
  })
  expect(passed).toBe(true)
})

it('a connection that cannot be read is a failure of the server', async () => {
  const authenticator = new Authenticator(optionsWith(true))
  await ask(authenticator, requestOf(`Bearer ${bound}`, client))
  const socket = {
    getPeerX509Certificate(): never {
      throw new Error('the connection is gone')
    },
  }
  const { error } = await ask(authenticator, { headers: { authorization: `Bearer ${bound}` }, socket } as HttpRequest)
  expect(error).toMatchObject({ status: 503, reason: 'verification_unavailable' })
})

describe('the option is invalid', () => {
  const header = { header: 'client-cert', format: 'rfc9440', trusted: () => true }

  it.each<[string, unknown, string]>([
    ['as a string', 'socket', 'mtls'],
    ['as null', null, 'mtls'],
    ['with an unknown member', { certificates: 'socket' }, 'certificates'],
    ['with `required` as a string', { required: 'yes' }, 'required'],
    ['with an unknown source', { certificate: 'header' }, 'certificate'],
    ['with the name of a header alone', { certificate: 'client-cert' }, 'certificate'],
    ['without a header', { certificate: { ...header, header: undefined } }, 'header'],
    ['with an empty header', { certificate: { ...header, header: '' } }, 'header'],
    ['with a header that is no name', { certificate: { ...header, header: 'Client Cert' } }, 'header'],
    ['without a format', { certificate: { ...header, format: undefined } }, 'format'],
    ['with an unknown format', { certificate: { ...header, format: 'pem' } }, 'format'],
    ['without `trusted`', { certificate: { ...header, trusted: undefined } }, 'trusted'],
    ['with `trusted` that is no function', { certificate: { ...header, trusted: true } }, 'trusted'],
    ['with an unknown member of the header', { certificate: { ...header, trust: true } }, 'trust'],
  ])('%s', (_, mtls, option) => {
    const construct = (): unknown => new Authenticator(optionsWith(mtls as MtlsOptions))
    expect(construct).toThrow(expect.objectContaining({ code: 'configuration_invalid', option }) as Error)
  })
})

it('the error of a certificate is a ProofError with a message for the log', async () => {
  const { error } = await ask(new Authenticator(optionsWith(true)), requestOf(`Bearer ${bound}`, other))
  expect(isErrorNamed('ProofError', error?.cause)).toBe(true)
  expect(String(error?.cause)).toContain('bound to another certificate')
})

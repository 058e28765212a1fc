import { createDpopClient, createTestCertificate, type DpopClient } from '@bearerkit/testing'
import { Authenticator } from '../../../src/http/authenticator.ts'
import type { HttpRequest } from '../../../src/http-message.ts'
import type { VerifierOptions } from '../../../src/jwt/verifier-options.ts'
import { ManualClock } from '../../support/clock.ts'
import { FakeFetch } from '../../support/fake-fetch.ts'
import { audience, ForeignIssuer, issuer, jwksUrl } from '../../support/foreign-issuer.ts'
import { type Outcome, outcomeOf } from '../outcome.ts'

/** Tokens that are bound to a DPoP key and to a certificate (RFC 9449 §6.1, RFC 8705 §3.1): both must be proven. */
const certificate = createTestCertificate()
const otherCertificate = createTestCertificate()
const clock = new ManualClock()
const foreign = new ForeignIssuer()
let client: DpopClient
let tokens: Readonly<Record<'plain' | 'dpop' | 'mtls' | 'both', string>>

beforeAll(async () => {
  client = await createDpopClient({ clock })
  const claims = { iss: issuer, aud: audience, sub: 'user-1', exp: clock.seconds() + 3600 }
  const [jkt, x5t] = [{ jkt: client.jkt }, { 'x5t#S256': certificate.thumbprint }]
  tokens = {
    plain: foreign.sign(claims),
    dpop: foreign.sign({ ...claims, cnf: jkt }),
    mtls: foreign.sign({ ...claims, cnf: x5t }),
    both: foreign.sign({ ...claims, cnf: { ...jkt, ...x5t } }),
  }
})

function authenticatorOf(options: VerifierOptions): Authenticator {
  const { fetch } = new FakeFetch({ [jwksUrl]: foreign.jwks })
  return new Authenticator({ issuer, audience, jwksUrl, clock, fetch, ...options })
}

const publicUrl = 'https://api.example.com'

async function requestOf(
  scheme: string,
  token: string,
  presented: { readonly der: Buffer } | undefined,
  { proof }: { readonly proof?: string } = {},
): Promise<HttpRequest> {
  const dpop = proof ?? (await client.proof({ url: `${publicUrl}/me`, token }))
  const socket = { getPeerX509Certificate: () => presented && { raw: presented.der } }
  return {
    method: 'GET',
    url: '/me',
    headers: { authorization: `${scheme} ${token}`, ...(scheme === 'DPoP' && { dpop }) },
    socket: socket as object,
  }
}

function ask(authenticator: Authenticator, request: HttpRequest): Promise<Outcome> {
  return outcomeOf((continuation) => authenticator.authenticate(request, continuation))
}

const bothOn: VerifierOptions = { dpop: { publicUrl }, mtls: true }

describe('with both options on', () => {
  it.each<[string, 'plain' | 'dpop' | 'mtls' | 'both', string, typeof certificate | undefined, object]>([
    ['both keys', 'both', 'DPoP', certificate, { kind: 'dpop' }],
    ['a DPoP key', 'dpop', 'DPoP', undefined, { kind: 'dpop' }],
    ['a certificate', 'mtls', 'Bearer', certificate, { kind: 'mtls', thumbprint: certificate.thumbprint }],
  ])('a token with %s passes with all of its proofs', async (_, name, scheme, presented, proof) => {
    const { auth } = await ask(authenticatorOf(bothOn), await requestOf(scheme, tokens[name], presented))
    expect(auth).toMatchObject({ scheme, proof })
  })

  it.each<[string, 'plain' | 'dpop' | 'mtls' | 'both', string, typeof certificate | undefined, string]>([
    ['with both keys and no certificate', 'both', 'DPoP', undefined, 'certificate_missing'],
    ['with both keys and another certificate', 'both', 'DPoP', otherCertificate, 'certificate_mismatch'],
    ['with both keys as Bearer', 'both', 'Bearer', certificate, 'proof_required'],
    ['with a certificate as DPoP', 'mtls', 'DPoP', certificate, 'token_unbound'],
    ['without a key as DPoP', 'plain', 'DPoP', certificate, 'token_unbound'],
  ])('a token %s is refused', async (_, name, scheme, presented, reason) => {
    const { error } = await ask(authenticatorOf(bothOn), await requestOf(scheme, tokens[name], presented))
    expect(error?.reason).toBe(reason)
  })

  it('a proof is not spent by a request with another certificate', async () => {
    const authenticator = authenticatorOf(bothOn)
    const proof = await client.proof({ url: `${publicUrl}/me`, token: tokens.both })
    const reasons = []
    for (const presented of [otherCertificate, certificate, certificate])
      reasons.push((await ask(authenticator, await requestOf('DPoP', tokens.both, presented, { proof }))).error?.reason)
    expect(reasons).toEqual(['certificate_mismatch', undefined, 'dpop_proof_replayed'])
  })
})

describe('with both required', () => {
  const required: VerifierOptions = { dpop: { publicUrl, required: true }, mtls: { required: true } }

  it.each<['plain' | 'dpop' | 'mtls' | 'both', string, string | undefined]>([
    ['both', 'DPoP', undefined],
    ['dpop', 'DPoP', 'token_unbound'],
    ['mtls', 'Bearer', 'token_unbound'],
    ['plain', 'Bearer', 'token_unbound'],
  ])('a token with the keys %s, sent as %s: %s', async (name, scheme, reason) => {
    const { error } = await ask(authenticatorOf(required), await requestOf(scheme, tokens[name], certificate))
    expect(error?.reason).toBe(reason)
  })
})

describe('with either required (`requiredClaims`)', () => {
  it.each<['plain' | 'dpop' | 'mtls' | 'both', string, string | undefined]>([
    ['both', 'DPoP', undefined],
    ['dpop', 'DPoP', undefined],
    ['mtls', 'Bearer', undefined],
    ['plain', 'Bearer', 'claim_missing'],
  ])('a token with the keys %s, sent as %s: %s', async (name, scheme, reason) => {
    const either = authenticatorOf({ ...bothOn, requiredClaims: ['cnf'] })
    expect((await ask(either, await requestOf(scheme, tokens[name], certificate))).error?.reason).toBe(reason)
  })
})

describe('with one option on, the key of the other is not checked, so its tokens are refused', () => {
  it.each<['dpop' | 'mtls' | 'both', string, VerifierOptions]>([
    ['both', 'DPoP', { dpop: { publicUrl } }],
    ['both', 'Bearer', { mtls: true }],
    ['mtls', 'Bearer', { dpop: { publicUrl } }],
    ['dpop', 'Bearer', { mtls: true }],
  ])('%s as %s', async (name, scheme, options) => {
    const { error } = await ask(authenticatorOf(options), await requestOf(scheme, tokens[name], certificate))
    expect(error?.reason).toBe('proof_required')
  })
})

import { cookie, type DpopOptions, type VerifierOptions } from '@bearerkit/core'
import { wrongProofs } from '../../../dpop/wrong-proofs.ts'
import { me } from '../client.ts'
import { type Outcome, outcomes } from '../outcomes.ts'
import type { AppOptions } from '../stage.ts'
import { issued, type RequestFor, type StatusRow } from '../status-row.ts'
import { boundOutcomes, dpopOutcomes } from './dpop-outcomes.ts'
import { presented, proven, publicUrl } from './dpop-request.ts'

const { passes, anonymous, unproven, invalid, expired, revoked, malformed, repeated, downgraded, outOfScope } =
  dpopOutcomes

function accepting(dpop: DpopOptions = {}, more: VerifierOptions = {}): AppOptions {
  return { verify: { dpop: { algorithms: ['ES256', 'RS256'], publicUrl, ...dpop }, ...more }, ownErrorHandler: true }
}

const both = accepting()
const required = accepting({ required: true })
const asAsked = accepting({ publicUrl: undefined })
const prefixed = accepting({ publicUrl: `${publicUrl}/svc2/` })
const forwarding = accepting({ publicUrl: undefined, trustForwarded: true })
const optional = accepting({}, { mode: 'optional' })
const revoking = accepting({}, { isRevoked: () => true })
const fromCookie = accepting({}, { tokenSource: cookie('token') })
const off: AppOptions = { ownErrorHandler: true }

type DpopCase = readonly [title: string, options: AppOptions, request: RequestFor, outcome: Outcome, reason?: string]

const host = 'api.example.com'
const gateway = { 'x-forwarded-proto': 'https', 'x-forwarded-host': host }

const cases: readonly DpopCase[] = [
  ['a bound token with a proof', both, proven(), passes],
  ['a POST with its proof', both, proven({ method: 'POST' }), passes],
  ['the scheme in lower case', both, inLowerCase(), passes],
  ['a proof with further claims', both, proven({ change: { claims: { more: 1 } } }), passes],
  ['a proof with a fraction of a second', both, proven({ change: fraction() }), passes],
  ['a query in the request', both, proven({ path: '/me?a=b', url: `${publicUrl}/me` }), passes],
  ['a query in the proof', both, proven({ url: `${publicUrl}/me?c=d#e` }), passes],
  ['another spelling of the same URI', both, proven({ url: 'HTTPS://API.example.COM:443/./a/../%6De' }), passes],
  ['no DPoP header', both, withoutProof(), unproven, 'dpop_proof_missing'],
  ['two DPoP lines', both, proven({ make: twice }), unproven, 'dpop_proof_repeated'],
  ['two DPoP lines, the second one empty', both, proven({ make: besideEmpty }), unproven, 'dpop_proof_repeated'],
  ['the proof of another route', both, proven({ url: `${publicUrl}/reports` }), unproven, 'dpop_htu_mismatch'],
  ['the proof of another method', both, proven({ method: 'POST', make: ofGet }), unproven, 'dpop_htm_mismatch'],
  ['a proof in place of the token', both, swapped(), invalid, 'type_not_accepted'],
  ['no credentials', both, () => me(), anonymous, 'credentials_missing'],
  ['a proof without a token', both, tokenless(), anonymous, 'credentials_missing'],
  ['the scheme without a token', both, () => me('DPoP'), malformed, 'credentials_malformed'],
  ['text after the token', both, () => me('DPoP a b'), malformed, 'credentials_malformed'],
  ['both schemes', both, bothSchemes(), repeated, 'credentials_repeated'],
  ['two tokens in the scheme', both, () => me(['DPoP a', 'DPoP b']), repeated, 'credentials_repeated'],
  ['an expired token', both, presentedExpired(), expired, 'token_expired'],
  ['a revoked token', revoking, proven(), revoked, 'token_revoked'],
  ['a token without the scope of a guard', both, proven({ path: '/reports' }), outOfScope, 'scope_insufficient'],
  ['a token with the scope', both, proven({ path: '/reports', claims: { scope: 'reports:read' } }), passes],
  ['a bound token as Bearer, with its proof', both, presented('Bearer', jktOf), downgraded, 'proof_required'],
  ['a token that is not bound', both, presented('DPoP', () => undefined), invalid, 'token_unbound'],
  ['a token that is not bound, as Bearer', both, issued(), outcomes.passes],
  ['a token of another key', both, presented('DPoP', () => ({ jkt: 'x' })), unproven, 'dpop_key_mismatch'],
  ['a `jkt` that is a list', both, presented('DPoP', (jkt) => ({ jkt: [jkt] })), unproven, 'dpop_key_mismatch'],
  ['a second member in `cnf`', both, presented('DPoP', (jkt) => ({ jkt, kid: '1' })), invalid, 'proof_required'],
  ['a certificate in `cnf`', both, presented('DPoP', withCertificate), invalid, 'proof_required'],
  ['an empty `cnf`', both, presented('DPoP', () => ({})), invalid, 'proof_required'],
  ['a bound token in a cookie', fromCookie, inCookie(), downgraded, 'proof_required'],
  ['no token in optional mode', optional, () => me(), outcomes.passesAnonymously],
  ['a bad proof in optional mode', optional, withoutProof(), unproven, 'dpop_proof_missing'],
  ['a bound token that is required', required, proven(), passes],
  [
    'no credentials, where bound tokens are required',
    required,
    () => me(),
    boundOutcomes.anonymous,
    'credentials_missing',
  ],
  ['Bearer, where bound tokens are required', required, issued(), boundOutcomes.invalid, 'token_unbound'],
  ['a bound token as Bearer there', required, presented('Bearer', jktOf), boundOutcomes.invalid, 'proof_required'],
  ['its own host', asAsked, proven({ url: `http://${host}/me`, headers: { host } }), passes],
  [
    'a host in upper case',
    asAsked,
    proven({ url: `http://${host}/me`, headers: { host: 'API.Example.com:80' } }),
    passes,
  ],
  ['another host', asAsked, proven({ headers: { host } }), unproven, 'dpop_htu_mismatch'],
  // auth0/node-oauth2-jwt-bearer#244: the path of the request would become a part of the query.
  [
    'a host with a path and a query in it',
    asAsked,
    proven({ path: '/reports', url: `http://${host}/me`, headers: { host: `${host}/me?` } }),
    unproven,
    'dpop_htu_mismatch',
  ],
  [
    'a host with user information',
    asAsked,
    proven({ url: `http://${host}/me`, headers: { host: `a@${host}` } }),
    unproven,
    'dpop_htu_mismatch',
  ],
  ['headers of a gateway', forwarding, proven({ headers: gateway }), passes],
  [
    'headers of a gateway with a prefix',
    forwarding,
    proven({ url: `${publicUrl}/svc2/me`, headers: { ...gateway, 'x-forwarded-prefix': '/svc2' } }),
    passes,
  ],
  ['the standard header', forwarding, proven({ headers: { forwarded: `host=${host};proto=https` } }), passes],
  [
    'two kinds of headers that differ',
    forwarding,
    proven({ headers: { ...gateway, forwarded: 'host=other.example' } }),
    unproven,
    'dpop_htu_mismatch',
  ],
  ['headers of a gateway without trust', asAsked, proven({ headers: gateway }), unproven, 'dpop_htu_mismatch'],
  ['a prefix that a gateway removed', prefixed, proven({ url: `${publicUrl}/svc2/me` }), passes],
  ['no prefix where a gateway removed it', prefixed, proven(), unproven, 'dpop_htu_mismatch'],
]

const wrong: readonly DpopCase[] = Object.entries(wrongProofs).map(([name, { reason, make }]) => {
  return [`the wrong proof ${name}`, both, proven({ make }), unproven, reason]
})

/** Tokens that are bound to a key: each rule of RFC 9449 §4.3 and §7.1, broken alone, and the good variations. */
export const dpopRows: readonly StatusRow[] = [
  ...[...cases, ...wrong].map(([title, options, request, outcome, reason]) => {
    return { title, options, request, reason, ...outcome }
  }),
  {
    title: 'a bound token as Bearer if the option is off',
    options: off,
    request: presented('Bearer', jktOf),
    reason: 'proof_required',
    ...outcomes.invalid,
  },
  {
    title: 'a bound token with its proof if the option is off',
    options: off,
    request: proven(),
    reason: 'credentials_missing',
    ...outcomes.anonymous,
  },
]

function jktOf(jkt: string): object {
  return { jkt }
}

function withCertificate(jkt: string): object {
  return { jkt, 'x5t#S256': 'x' }
}

function fraction(): { payload: (json: string) => string } {
  return { payload: (json) => json.replace(/"iat":\d+/, '$&.5') }
}

async function twice(...[client, request]: ProofArguments): Promise<string[]> {
  return [await client.proof(request), await client.proof(request)]
}

async function besideEmpty(...[client, request]: ProofArguments): Promise<string[]> {
  return [await client.proof(request), '']
}

function ofGet(...[client, request]: ProofArguments): Promise<string> {
  return client.proof({ ...request, method: 'GET' })
}

type ProofArguments = Parameters<(typeof wrongProofs)['empty']['make']>

function withoutProof(): RequestFor {
  return changed(({ dpop: _dpop, ...headers }) => headers)
}

function tokenless(): RequestFor {
  return changed(({ authorization: _authorization, ...headers }) => headers)
}

function swapped(): RequestFor {
  return changed(({ authorization, dpop }) => {
    return { authorization: `DPoP ${String(dpop)}`, dpop: String(authorization).slice('DPoP '.length) }
  })
}

function inLowerCase(): RequestFor {
  return changed(({ authorization, ...headers }) => {
    return { ...headers, authorization: String(authorization).replace('DPoP', 'dpop') }
  })
}

function bothSchemes(): RequestFor {
  return changed(({ authorization, dpop = '' }) => {
    return { authorization: [String(authorization), String(authorization).replace('DPoP', 'Bearer')], dpop }
  })
}

function inCookie(): RequestFor {
  return changed(({ authorization, dpop = '' }) => {
    return { cookie: `token=${String(authorization).slice('DPoP '.length)}`, dpop }
  })
}

type HeaderLines = Record<string, string | string[]>

/** Sends a good request with other headers. */
function changed(headersFor: (headers: HeaderLines) => HeaderLines): RequestFor {
  return async (cast) => {
    const { headers = {}, ...request } = await proven()(cast)
    return { ...request, headers: headersFor({ ...headers }) }
  }
}

function presentedExpired(): RequestFor {
  return async (cast) => {
    const token = await cast.issuer.forged.expired()
    return { path: '/me', headers: { authorization: `DPoP ${token}`, dpop: 'a.b.c' } }
  }
}

import type { Fault } from '../../../issuer/fault.ts'
import type { OpaqueTokenChange } from '../../../issuer/opaque-tokens.ts'
import { me } from '../client.ts'
import { type Outcome, outcomes } from '../outcomes.ts'
import type { AppOptionsFor, Cast } from '../stage.ts'
import { forged, issued, type RequestFor, type StatusRow } from '../status-row.ts'
import { answered, asking, opaque } from './opaque-request.ts'

const { passes, passesAnonymously, anonymous, malformed, invalid, expired, ungranted, outOfScope } = outcomes
const unavailable = outcomes.unavailable('introspection_unavailable')

const asks = asking()
const optional = asking({}, { mode: 'optional' })
const proving = asking({}, { dpop: { algorithms: ['ES256'] } })
const withoutIntrospection: AppOptionsFor = { ownErrorHandler: true }

type Members = Readonly<Record<string, unknown>>
type AnswerCase = readonly [
  title: string,
  members: Members | ((cast: Cast) => Members),
  outcome: Outcome,
  reason?: string | undefined,
]

function seconds(fromNow: number): number {
  return Math.floor(Date.now() / 1000) + fromNow
}

/** Answers about a token: RFC 7662 §2.2. Undefined members are left out. */
const answers: readonly AnswerCase[] = [
  ['that is active', {}, passes],
  ['that is not active', { active: false }, invalid, 'token_inactive'],
  ['without `iss`', { iss: undefined }, passes],
  ['with another `iss`', ({ other }) => ({ iss: other.issuer }), invalid, 'issuer_mismatch'],
  ['with an `iss` that is a list', ({ issuer }) => ({ iss: [issuer.issuer] }), invalid, 'issuer_mismatch'],
  ['without `aud`', { aud: undefined }, invalid, 'claim_invalid'],
  ['with another `aud`', { aud: 'https://other.example' }, invalid, 'audience_mismatch'],
  ['with the right `aud` among others', ({ issuer }) => ({ aud: ['a', issuer.audience] }), passes],
  ['without `exp`', { exp: undefined }, passes],
  ['that has expired', () => ({ exp: seconds(-60) }), expired, 'token_expired'],
  ['with an `exp` that is a string', () => ({ exp: String(seconds(60)) }), invalid, 'claim_invalid'],
  ['that is not valid yet', () => ({ nbf: seconds(60) }), invalid, 'token_not_yet_valid'],
  ['that was issued in the future', () => ({ iat: seconds(60) }), invalid, 'token_issued_in_future'],
  ['without `token_type`', { token_type: undefined }, passes],
  ['with a `token_type` in lower case', { token_type: 'bearer' }, passes],
  ['that is a refresh token', { token_type: 'refresh_token' }, invalid, 'claim_invalid'],
  ['of type DPoP without its key', { token_type: 'DPoP' }, invalid, 'claim_missing'],
  ['that is bound to a key, without a proof', { cnf: { jkt: 'x' } }, invalid, 'proof_required'],
  ['that is bound to a certificate, without one', { cnf: { 'x5t#S256': 'x' } }, invalid, 'proof_required'],
]

/** RFC 7662 leaves no doubt about `active`. All else tells nothing about the token, so it is never a 401. */
const uselessAnswers: readonly (readonly [title: string, members: Members])[] = [
  ['without `active`', { active: undefined }],
  ['with the text "true" as `active`', { active: 'true' }],
  ['with the number 1 as `active`', { active: 1 }],
  ['with null as `active`', { active: null }],
  ['of more than 256 KiB', { padding: 'x'.repeat(300_000) }],
]

const active = '{"active":true,"aud":"https://api.example.com"}'

const faults: Readonly<Record<string, Fault>> = {
  'a list': { kind: 'body', body: `[${active}]` },
  'JSON null': { kind: 'body', body: 'null' },
  'a part of the answer': { kind: 'body', body: active.slice(0, -1) },
  'an HTML page': { kind: 'body', body: '<html>', headers: { 'Content-Type': 'text/html' } },
  'no body': { kind: 'status', status: 200 },
  'an answer nested 40 levels deep': { kind: 'body', body: `{"active":true,"a":${'['.repeat(40)}${']'.repeat(40)}}` },
  'status 202 with the answer': { kind: 'body', body: active, status: 202 },
  'status 401': { kind: 'status', status: 401 },
  'status 403': { kind: 'status', status: 403 },
  'status 404': { kind: 'status', status: 404 },
  'status 429': { kind: 'status', status: 429 },
  'status 500': { kind: 'status', status: 500 },
  'status 500 with the answer': { kind: 'body', body: active, status: 500 },
  'status 503 with Retry-After': { kind: 'status', status: 503, headers: { 'Retry-After': '7' } },
  'a connection that breaks': { kind: 'down' },
  'a redirect': { kind: 'redirect', location: 'http://127.0.0.1:9/' },
}

const silences: Readonly<Record<string, Fault>> = {
  'no answer in time': { kind: 'hang' },
  'half of the answer in time': { kind: 'stall' },
}

type OpaqueCase = readonly [
  title: string,
  options: AppOptionsFor,
  request: RequestFor,
  outcome: Outcome,
  reason?: string,
]

const reports = { path: '/reports' }

const cases: readonly OpaqueCase[] = [
  ['an opaque token', asks, opaque(), passes],
  ['an unknown opaque token', asks, () => me('Bearer unknown'), invalid, 'token_inactive'],
  ['an opaque token that was revoked', asks, revoked(), invalid, 'token_inactive'],
  ['an opaque token of 20,000 characters', asks, () => me(`Bearer ${'x'.repeat(20_000)}`), invalid, 'token_too_long'],
  ['no credentials', asks, () => me(), anonymous, 'credentials_missing'],
  ['text after the opaque token', asks, () => me('Bearer a b'), malformed, 'credentials_malformed'],
  ['a JWT', asks, issued(), passes],
  [
    'an expired JWT',
    asks,
    async ({ issuer }) => me(`Bearer ${await issuer.forged.expired()}`),
    expired,
    'token_expired',
  ],
  ['a JWT for another audience', asks, forged({ claims: { aud: 'a' } }), invalid, 'audience_mismatch'],
  ['an opaque token with the scope', asks, opaque({ scope: 'a reports:read' }, reports), passes],
  [
    'an opaque token without it',
    asks,
    opaque({ scope: 'a' }, reports),
    outOfScope('reports:read'),
    'scope_insufficient',
  ],
  ['an opaque token with the claims', asks, opaque({ tenant: 'acme', roles: ['admin'] }, { path: '/tenant' }), passes],
  ['an opaque token without them', asks, opaque({}, { path: '/tenant' }), ungranted, 'claims_insufficient'],
  ['an opaque token that waits for its answer', asks, answered(() => ({ fault: { kind: 'slow', delay: 20 } })), passes],
  ['no token in optional mode', optional, () => me(), passesAnonymously],
  ['an unknown opaque token in optional mode', optional, () => me('Bearer unknown'), invalid, 'token_inactive'],
  ['an opaque token where there is no introspection', withoutIntrospection, opaque(), invalid, 'token_malformed'],
  ['client_secret_post', asking({ authMethod: 'client_secret_post' }), opaque(), passes],
  ['signed answers', asking({ accept: 'jwt' }), opaque(), passes],
  ['an answer that must be signed, but is not', asking({ accept: 'jwt' }), answered(() => ({})), unavailable],
  ['the wrong secret of the client', asking({ clientSecret: 'wrong' }), opaque(), unavailable],
  ['an opaque token that is not bound, where DPoP is accepted', proving, opaque(), passes],
]

function revoked(): RequestFor {
  return async ({ issuer }) => {
    const token = await issuer.issueOpaque()
    issuer.revoke(token)
    return me(`Bearer ${token}`)
  }
}

/** Each row has an app of its own: after a few failures, an app does not ask again for a while. */
function failing(title: string, change: OpaqueTokenChange, options = asking()): StatusRow {
  return { title, options, request: answered(() => change), reason: 'introspection_unavailable', ...unavailable }
}

/** Opaque tokens (RFC 7662): the answer of the issuer, and that of the app. */
export const opaqueRows: readonly StatusRow[] = [
  ...cases.map(([title, options, request, outcome, reason]) => ({ title, options, request, reason, ...outcome })),
  ...answers.map(([title, members, outcome, reason]): StatusRow => {
    const request = answered((cast) => ({ answer: typeof members === 'function' ? members(cast) : members }))
    return { title: `an answer about a token ${title}`, options: asks, request, reason, ...outcome }
  }),
  ...uselessAnswers.map(([title, answer]) => failing(`an answer ${title}`, { answer })),
  ...Object.entries(faults).map(([title, fault]) => failing(`${title} from the issuer`, { fault })),
  ...Object.entries(silences).map(([title, fault]) => {
    return failing(`${title} from the issuer`, { fault }, asking({ timeout: '50ms' }))
  }),
]

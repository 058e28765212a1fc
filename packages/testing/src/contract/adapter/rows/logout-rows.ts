import type { LogoutHandlerOptions } from '@bearerkit/core'
import type { Forge, TokenChange } from '../../../tokens/forge.ts'
import { noSignature } from '../../../tokens/signer.ts'
import type { Cast } from '../stage.ts'

/** The `client_id` of the app at its issuer. */
export const logoutClient = 'client-1'

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** A good logout token: OpenID Connect Back-Channel Logout 1.0 §2.4. */
export function logoutToken(forge: Forge, { header, claims, ...change }: TokenChange = {}): Promise<string> {
  return forge({
    header: { typ: 'logout+jwt', ...header },
    claims: { aud: logoutClient, client_id: undefined, sid: 'session-1', events: { [logoutEvent]: {} }, ...claims },
    ...change,
  })
}

export interface LogoutRow {
  readonly title: string
  readonly token: (cast: Cast) => Promise<string>
  /** Options that differ from the usual ones. */
  readonly options?: Partial<LogoutHandlerOptions>
  /** The members of the revocation that the token causes. Undefined: the token is refused. */
  readonly revokes?: Readonly<Record<string, unknown>>
}

function claiming(claims: Readonly<Record<string, unknown>>): LogoutRow['token'] {
  return ({ issuer }) => logoutToken(issuer.forge, { claims })
}

function headed(header: Readonly<Record<string, unknown>>): LogoutRow['token'] {
  return ({ issuer }) => logoutToken(issuer.forge, { header })
}

function changed(change: TokenChange): LogoutRow['token'] {
  return ({ issuer }) => logoutToken(issuer.forge, change)
}

const acceptUntypedTokens = { acceptUntypedTokens: true } as const
const now = (): number => Math.floor(Date.now() / 1000)

const bySession = { sid: 'session-1' }
const bySubject = { sub: 'user-1' }

const accepted: readonly LogoutRow[] = [
  { title: 'a session', token: claiming({ sub: undefined }), revokes: bySession },
  { title: 'a user', token: claiming({ sid: undefined }), revokes: bySubject },
  { title: 'a session of a user', token: claiming({}), revokes: bySession },
  {
    title: 'a session of a user, by the user',
    token: claiming({}),
    options: { revoke: 'subject' },
    revokes: bySubject,
  },
  {
    title: 'a session without a user, by the user if there is one',
    token: claiming({ sub: undefined }),
    options: { revoke: 'subject' },
    revokes: bySession,
  },
  { title: 'several audiences', token: claiming({ aud: ['other', logoutClient] }), revokes: bySession },
  {
    title: 'one of several clients',
    token: claiming({ aud: 'client-2' }),
    options: { clientId: [logoutClient, 'client-2'] },
    revokes: bySession,
  },
  { title: 'a typ with another case', token: headed({ typ: 'Logout+JWT' }), revokes: bySession },
  { title: 'a typ with a prefix', token: headed({ typ: 'application/logout+jwt' }), revokes: bySession },
  { title: 'claims that are not understood', token: claiming({ cnf: { jkt: 'x' }, other: [1] }), revokes: bySession },
  {
    title: 'further events, and members of the event',
    token: claiming({ events: { [logoutEvent]: { reason: 'x' }, 'urn:other': {} } }),
    revokes: bySession,
  },
  ...[undefined, 'JWT', 'application/jwt', 'logout+jwt'].map((typ) => ({
    title: `typ ${typ} with acceptUntypedTokens`,
    token: headed({ typ }),
    options: acceptUntypedTokens,
    revokes: bySession,
  })),
]

/** The rules of section 2.6, by their step, with the tokens that break each of them. */
const refused: Readonly<Record<string, Readonly<Record<string, LogoutRow['token']>>>> = {
  '1, encryption: none was agreed': { 'with five parts': changed({ compact: (token) => `${token}.AAAA.AAAA` }) },
  '2, the signature': {
    'made with another key': ({ other, issuer }) => logoutToken(other.forge, { claims: { iss: issuer.issuer } }),
    'of a payload that was changed': async (cast) => {
      const [[header, , signature], [, payload]] = (await Promise.all(
        ['session-1', 'session-2'].map(async (sid) => (await claiming({ sid })(cast)).split('.')),
      )) as [string[], string[]]
      return [header, payload, signature].join('.')
    },
    'with a kid that the issuer does not publish': headed({ kid: 'unknown' }),
    missing: changed({ compact: (token) => token.slice(0, token.lastIndexOf('.') + 1) }),
  },
  '3, the algorithm': {
    none: changed({ header: { alg: 'none' }, signer: noSignature }),
    'HS256 with a public key': async ({ issuer }) => {
      const [, payload = ''] = (await logoutToken(issuer.forge)).split('.')
      const [header = '', , signature = ''] = (await issuer.forged.hs256WithPublicKey()).split('.')
      return [header, payload, signature].join('.')
    },
    'RS256, for a key of another kind': headed({ alg: 'RS256' }),
  },
  '2.4, the type': {
    missing: headed({ typ: undefined }),
    JWT: headed({ typ: 'JWT' }),
    'at+jwt': headed({ typ: 'at+jwt' }),
    'secevent+jwt': headed({ typ: 'secevent+jwt' }),
    'a number': headed({ typ: 1 }),
  },
  'RFC 7515 §4.1.11, crit': { 'of an unknown extension': headed({ crit: ['urn:x'], 'urn:x': true }) },
  '3, iss': {
    missing: claiming({ iss: undefined }),
    'of another issuer': claiming({ iss: 'https://other.example' }),
    'with a slash at the end': ({ issuer }) => logoutToken(issuer.forge, { claims: { iss: `${issuer.issuer}/` } }),
    'a list': ({ issuer }) => logoutToken(issuer.forge, { claims: { iss: [issuer.issuer] } }),
  },
  '3, aud': {
    missing: claiming({ aud: undefined }),
    'of another client': claiming({ aud: 'client-2' }),
    'an empty list': claiming({ aud: [] }),
    'a list with a number': claiming({ aud: [logoutClient, 1] }),
    'the audience of access tokens': ({ issuer }) => logoutToken(issuer.forge, { claims: { aud: issuer.audience } }),
  },
  '3, iat': {
    missing: claiming({ iat: undefined }),
    'in the future': claiming({ iat: now() + 3600, exp: now() + 7200 }),
    text: claiming({ iat: 'now' }),
    'before 1972': claiming({ iat: 63_999_999 }),
    zero: claiming({ iat: 0 }),
    negative: claiming({ iat: -1 }),
    'before any date': claiming({ iat: -1e300 }),
  },
  '3, exp': {
    missing: claiming({ exp: undefined }),
    'in the past': claiming({ iat: now() - 7200, exp: now() - 3600 }),
    text: claiming({ exp: 'soon' }),
    infinite: changed({ payload: (json) => json.replace(/"exp":\d+/, '"exp":1e400') }),
  },
  '4, sub or sid': {
    'both missing': claiming({ sub: undefined, sid: undefined }),
    'both null': claiming({ sub: null, sid: null }),
    'sub a number': claiming({ sub: 1 }),
    'sub empty': claiming({ sub: '', sid: undefined }),
    'sid a number': claiming({ sid: 1 }),
    'sid empty': claiming({ sid: '', sub: undefined }),
    'sid a list': claiming({ sid: ['session-1'] }),
  },
  '5, events': {
    missing: claiming({ events: undefined }),
    null: claiming({ events: null }),
    text: claiming({ events: logoutEvent }),
    'a list': claiming({ events: [logoutEvent] }),
    empty: claiming({ events: {} }),
    'of another kind': claiming({ events: { 'http://schemas.openid.net/event/other': {} } }),
    'whose member is true': claiming({ events: { [logoutEvent]: true } }),
    'whose member is null': claiming({ events: { [logoutEvent]: null } }),
    'whose member is a list': claiming({ events: { [logoutEvent]: [] } }),
  },
  '6, nonce': {
    there: claiming({ nonce: 'n-1' }),
    'there, null': claiming({ nonce: null }),
  },
  '7, jti': {
    missing: claiming({ jti: undefined }),
    'a number': claiming({ jti: 1 }),
    null: claiming({ jti: null }),
    empty: claiming({ jti: '' }),
  },
  '4.1, other tokens': {
    'an access token': ({ issuer }) => issuer.issue(),
    'an access token for the client': ({ issuer }) => issuer.forge({ claims: { aud: logoutClient, sid: 'session-1' } }),
    'an ID token': ({ issuer }) =>
      issuer.forge({ header: { typ: 'JWT' }, claims: { aud: logoutClient, sid: 'session-1', nonce: 'n-1' } }),
    'no JWT': async () => 'opaque',
    'longer than 16,384 characters': claiming({ padding: 'x'.repeat(20_000) }),
  },
}

/** What {@link LogoutHandlerOptions.acceptUntypedTokens} does not give up. */
const refusedUntyped: Readonly<Record<string, LogoutRow['token']>> = {
  'an access token': headed({ typ: 'at+jwt' }),
  'a security event': headed({ typ: 'secevent+jwt' }),
  'an ID token': ({ issuer }) =>
    issuer.forge({ header: { typ: 'JWT' }, claims: { aud: logoutClient, sid: 'session-1', nonce: 'n-1' } }),
  'an ID token without a nonce': ({ issuer }) =>
    issuer.forge({ header: { typ: 'JWT' }, claims: { aud: logoutClient, sid: 'session-1' } }),
}

export const logoutRows: readonly LogoutRow[] = [
  ...accepted.map((row) => ({ ...row, title: `accepts ${row.title}` })),
  ...Object.entries(refused).flatMap(([rule, tokens]) =>
    Object.entries(tokens).map(([fault, token]) => ({ title: `refuses (${rule}): ${fault}`, token })),
  ),
  ...Object.entries(refusedUntyped).map(([title, token]) => ({
    title: `refuses ${title} also with acceptUntypedTokens`,
    token,
    options: acceptUntypedTokens,
  })),
]

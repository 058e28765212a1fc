import { authorizationHeader, cookie, formBody, type TokenSource } from '@bearerkit/core'
import { type ContractRequest, me } from '../client.ts'
import { type Outcome, outcomes, withoutScheme } from '../outcomes.ts'
import type { AppOptions } from '../stage.ts'
import type { StatusRow } from '../status-row.ts'

const { passes, anonymous, malformed, repeated } = outcomes
/** Nothing is known about the token. */
const unavailable = withoutScheme(outcomes.unavailable('verification_unavailable'))

function reading(...tokenSource: TokenSource[]): AppOptions {
  return { verify: { tokenSource }, parsesForms: true }
}

const cookieAlone = reading(cookie('session'))
const headerOrCookie = reading(authorizationHeader(), cookie('session'))
const form = reading(formBody())
const cookieOrForm = reading(cookie('session'), formBody())
const own = reading(({ headers }) => headers['x-token'])
const asynchronous = reading(async ({ headers }) => headers['x-token'])
const failing = reading(() => {
  throw undefined
})
const rejecting = reading(() => Promise.reject(new Error('the session store is down')))

function posted(body: string, more: Readonly<Record<string, string>> = {}): ContractRequest {
  return {
    method: 'POST',
    path: '/me',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...more },
    body,
  }
}

type SourceCase = readonly [
  title: string,
  options: AppOptions,
  request: (token: string) => ContractRequest,
  outcome: Outcome,
]

/** Tokens from other places than the header: RFC 6750 §2, §2.2. */
const sourceCases: readonly SourceCase[] = [
  [
    'a token in a cookie',
    cookieAlone,
    (token) => ({ path: '/me', headers: { cookie: `a=b; session=${token}` } }),
    passes,
  ],
  ['a request without the cookie', cookieAlone, () => ({ path: '/me', headers: { cookie: 'a=b' } }), anonymous],
  ['a cookie that is not a token', cookieAlone, () => ({ path: '/me', headers: { cookie: 'session=a b' } }), malformed],
  ['a cookie in quotes', cookieAlone, (t) => ({ path: '/me', headers: { cookie: `a=b; session="${t}"` } }), passes],
  ['an empty cookie', cookieAlone, () => ({ path: '/me', headers: { cookie: 'session=' } }), anonymous],
  ['a cookie with empty quotes', cookieAlone, () => ({ path: '/me', headers: { cookie: 'session=""' } }), anonymous],
  ['an empty cookie and a header', headerOrCookie, (t) => me(`Bearer ${t}`, { headers: emptied(t) }), passes],
  [
    'two cookies with a token',
    cookieAlone,
    (t) => ({ path: '/me', headers: { cookie: `session=${t}; session=${t}` } }),
    repeated,
  ],
  ['a cookie and a header', cookieAlone, (t) => me(`Bearer ${t}`, { headers: both(t) }), repeated],
  [
    'a cookie and a header with another scheme',
    cookieAlone,
    (t) => ({ path: '/me', headers: { ...both(t), ...basic } }),
    passes,
  ],
  ['a header if only a cookie is read', cookieAlone, (token) => me(`Bearer ${token}`), anonymous],
  ['a header if a cookie is read too', headerOrCookie, (token) => me(`Bearer ${token}`), passes],
  ['a cookie if the header is read too', headerOrCookie, (t) => ({ path: '/me', headers: session(t) }), passes],
  [
    'a cookie and a header if both are read',
    headerOrCookie,
    (token) => ({ path: '/me', headers: both(token) }),
    repeated,
  ],
  ['a token in a form', form, (token) => posted(`a=b&access_token=${token}`), passes],
  [
    'a form with a charset',
    form,
    (t) => posted(`access_token=${t}`, { 'content-type': `${urlencoded}; charset=utf-8` }),
    passes,
  ],
  ['a form without a token', form, () => posted('a=b'), anonymous],
  ['an empty form', form, () => posted(''), anonymous],
  ['a form with an empty token', form, () => posted('access_token='), anonymous],
  ['a form with two tokens', form, (token) => posted(`access_token=${token}&access_token=${token}`), repeated],
  ['a form and a header', form, (t) => posted(`access_token=${t}`, { authorization: `Bearer ${t}` }), repeated],
  ['a form in a GET request', form, (token) => ({ ...posted(`access_token=${token}`), method: 'GET' }), anonymous],
  ['a form if only the header is read', { parsesForms: true }, (t) => posted(`access_token=${t}`), anonymous],
  ['a cookie and a form', cookieOrForm, (t) => posted(`access_token=${t}`, session(t)), repeated],
  ['a token that a custom source finds', own, (token) => ({ path: '/me', headers: { 'x-token': token } }), passes],
  ['a request in which a custom source finds nothing', own, () => ({ path: '/me' }), anonymous],
  [
    'a request in which a custom source finds an empty string',
    own,
    () => ({ path: '/me', headers: { 'x-token': '' } }),
    anonymous,
  ],
  [
    'a token that an asynchronous source finds',
    asynchronous,
    (token) => ({ path: '/me', headers: { 'x-token': token } }),
    passes,
  ],
  ['a request in which an asynchronous source finds nothing', asynchronous, () => ({ path: '/me' }), anonymous],
  ['any request if a source throws undefined', failing, (token) => me(`Bearer ${token}`), unavailable],
  ['any request if a source rejects', rejecting, (token) => me(`Bearer ${token}`), unavailable],
]

const urlencoded = 'application/x-www-form-urlencoded'
const basic = { authorization: 'Basic dXNlcjpwYXNz' }

function session(token: string): { cookie: string } {
  return { cookie: `session=${token}` }
}

function emptied(token: string): Record<string, string> {
  return { cookie: 'session=', authorization: `Bearer ${token}` }
}

function both(token: string): Record<string, string> {
  return { ...session(token), authorization: `Bearer ${token}` }
}

export const tokenSourceRows: readonly StatusRow[] = sourceCases.map(([title, options, request, outcome]) => {
  return { title, options, request: async ({ issuer }) => request(await issuer.issue()), ...outcome }
})

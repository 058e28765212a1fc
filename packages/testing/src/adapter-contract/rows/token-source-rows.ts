import { authorizationHeader, cookie, formBody, type TokenSource } from '@bearerkit/core'
import { type ContractRequest, me } from '../client.ts'
import { type Outcome, outcomes } from '../outcomes.ts'
import type { AppOptions } from '../stage.ts'
import type { StatusRow } from '../status-row.ts'

const { passes, anonymous, malformed, repeated, unavailable } = outcomes

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

/** Tokens from elsewhere than the header: RFC 6750 §2, §2.2. */
const sourceCases: readonly SourceCase[] = [
  ['a cookie', cookieAlone, (token) => ({ path: '/me', headers: { cookie: `a=b; session=${token}` } }), passes],
  ['no cookie', cookieAlone, () => ({ path: '/me', headers: { cookie: 'a=b' } }), anonymous],
  ['a cookie that is no token', cookieAlone, () => ({ path: '/me', headers: { cookie: 'session=a b' } }), malformed],
  ['a cookie in quotes', cookieAlone, (t) => ({ path: '/me', headers: { cookie: `a=b; session="${t}"` } }), passes],
  ['an empty cookie', cookieAlone, () => ({ path: '/me', headers: { cookie: 'session=' } }), anonymous],
  ['empty quotes in a cookie', cookieAlone, () => ({ path: '/me', headers: { cookie: 'session=""' } }), anonymous],
  ['an empty cookie beside a header', headerOrCookie, (t) => me(`Bearer ${t}`, { headers: emptied(t) }), passes],
  [
    'a cookie twice',
    cookieAlone,
    (t) => ({ path: '/me', headers: { cookie: `session=${t}; session=${t}` } }),
    repeated,
  ],
  ['a cookie beside a header', cookieAlone, (t) => me(`Bearer ${t}`, { headers: both(t) }), repeated],
  ['a cookie beside another scheme', cookieAlone, (t) => ({ path: '/me', headers: { ...both(t), ...basic } }), passes],
  ['a header where only a cookie counts', cookieAlone, (token) => me(`Bearer ${token}`), anonymous],
  ['a header where a cookie counts too', headerOrCookie, (token) => me(`Bearer ${token}`), passes],
  ['a cookie where the header counts too', headerOrCookie, (t) => ({ path: '/me', headers: session(t) }), passes],
  ['both where both count', headerOrCookie, (token) => ({ path: '/me', headers: both(token) }), repeated],
  ['a form', form, (token) => posted(`a=b&access_token=${token}`), passes],
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
  ['a form beside a header', form, (t) => posted(`access_token=${t}`, { authorization: `Bearer ${t}` }), repeated],
  ['a form in a GET', form, (token) => ({ ...posted(`access_token=${token}`), method: 'GET' }), anonymous],
  ['a form where only the header counts', { parsesForms: true }, (t) => posted(`access_token=${t}`), anonymous],
  ['a cookie and a form', cookieOrForm, (t) => posted(`access_token=${t}`, session(t)), repeated],
  ['a source of the application', own, (token) => ({ path: '/me', headers: { 'x-token': token } }), passes],
  ['a source that finds nothing', own, () => ({ path: '/me' }), anonymous],
  ['a source that finds empty text', own, () => ({ path: '/me', headers: { 'x-token': '' } }), anonymous],
  ['a source that answers later', asynchronous, (token) => ({ path: '/me', headers: { 'x-token': token } }), passes],
  ['a source that finds nothing later', asynchronous, () => ({ path: '/me' }), anonymous],
  ['a source that fails, with nothing', failing, (token) => me(`Bearer ${token}`), unavailable],
  ['a source that rejects', rejecting, (token) => me(`Bearer ${token}`), unavailable],
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

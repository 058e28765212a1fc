import { me } from '../client.ts'
import { outcomes } from '../outcomes.ts'
import { issued, signedByOther, type StatusRow } from '../status-row.ts'

const { passes, passesAnonymously, expired, invalid, anonymous, malformed, outOfScope } = outcomes

/** Requests with a well-formed token: RFC 6750 §2.1, §3.1. */
export const tokenRows: readonly StatusRow[] = [
  { title: 'a good token', request: issued(), ...passes },
  {
    title: 'the scheme in lower case',
    request: async ({ issuer }) => me(`bearer ${await issuer.issue()}`),
    ...passes,
  },
  {
    title: 'the scheme in upper case',
    request: async ({ issuer }) => me(`BEARER ${await issuer.issue()}`),
    ...passes,
  },
  {
    title: 'several spaces after the scheme',
    request: async ({ issuer }) => me(`Bearer   ${await issuer.issue()}`),
    ...passes,
  },
  { title: 'HEAD with a good token', request: issued({}, { method: 'HEAD' }), ...passes },
  { title: 'OPTIONS with a good token', request: issued({}, { method: 'OPTIONS' }), ...passes },
  { title: 'a token that is not a JWT', request: () => me('Bearer opaque'), ...invalid },
  { title: 'a token that ends with padding', request: () => me('Bearer a=='), ...invalid },
  {
    title: 'an expired token',
    request: async ({ issuer }) => me(`Bearer ${await issuer.forged.expired()}`),
    ...expired,
  },
  {
    title: 'an expired token with a bad signature, without looking at its times',
    request: signedByOther({ claims: { exp: 1 } }),
    ...invalid,
  },
  { title: 'a token with the scope', request: issued({ scope: 'a reports:read' }, { path: '/reports' }), ...passes },
  {
    title: 'a token without the scope',
    request: issued({ scope: 'reports:readonly' }, { path: '/reports' }),
    ...outOfScope('reports:read'),
  },
  {
    title: 'a token with one of two scopes',
    request: issued({ scope: 'ledger:read' }, { path: '/ledger' }),
    ...outOfScope('ledger:read ledger:write'),
  },
]

const optional = { verify: { mode: 'optional' } } as const

/** The decisions of `mode: 'optional'`. */
const optionalCases: readonly StatusRow[] = [
  { title: 'a request without credentials', request: () => me(), ...passesAnonymously },
  { title: 'an empty Authorization header', request: () => me(''), ...passesAnonymously },
  { title: 'another scheme', request: () => me('Basic dXNlcjpwYXNz'), ...passesAnonymously },
  { title: 'a good token', request: issued(), ...passes },
  {
    title: 'a bad token',
    request: async ({ issuer }) => me(`Bearer ${await issuer.forged.wrongKey()}`),
    ...invalid,
  },
  {
    title: 'an expired token',
    request: async ({ issuer }) => me(`Bearer ${await issuer.forged.expired()}`),
    ...expired,
  },
  { title: 'a token that is not a JWT', request: () => me('Bearer opaque'), ...invalid },
  { title: 'a malformed Authorization header', request: () => me('Bearer'), ...malformed },
  {
    title: 'two Authorization lines',
    request: async ({ issuer }) => me([`Bearer ${await issuer.issue()}`, 'Bearer x']),
    ...outcomes.repeated,
  },
  {
    title: 'a request without credentials if a scope is required',
    request: () => ({ path: '/reports' }),
    ...anonymous,
  },
  { title: 'a request without credentials if a claim is required', request: () => ({ path: '/tenant' }), ...anonymous },
  {
    title: 'a request without credentials if a login is required',
    request: () => ({ path: '/payments' }),
    ...anonymous,
  },
]

export const optionalRows: readonly StatusRow[] = optionalCases.map((row) => ({ ...row, options: optional }))

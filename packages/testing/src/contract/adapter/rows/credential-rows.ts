import { me } from '../client.ts'
import { outcomes, withoutScheme } from '../outcomes.ts'
import type { StatusRow } from '../status-row.ts'

const { passes, anonymous, malformed, repeated } = outcomes

/** Requests without credentials, or with malformed ones: RFC 6750 §2.1, §3.1, RFC 9110 §11.6.2. */
export const credentialRows: readonly StatusRow[] = [
  { title: 'a request without credentials', request: () => me(), ...anonymous },
  { title: 'an empty Authorization header', request: () => me(''), ...anonymous },
  { title: 'another scheme', request: () => me('Basic dXNlcjpwYXNz'), ...anonymous },
  { title: 'another scheme without credentials', request: () => me('Negotiate'), ...anonymous },
  { title: 'a scheme whose name begins with Bearer', request: () => me('BearerX abc'), ...anonymous },
  {
    title: 'a good token under another scheme',
    request: async ({ issuer }) => me(`DPoP ${await issuer.issue()}`),
    ...anonymous,
  },
  { title: 'the scheme without a token', request: () => me('Bearer'), ...malformed },
  {
    title: 'text after the token',
    request: async ({ issuer }) => me(`Bearer ${await issuer.issue()} x`),
    ...malformed,
  },
  {
    title: 'another challenge after the token',
    request: async ({ issuer }) => me(`Bearer ${await issuer.issue()}, Basic dXNlcjpwYXNz`),
    ...malformed,
  },
  {
    title: 'a tab after the scheme',
    request: async ({ issuer }) => me(`Bearer\t${await issuer.issue()}`),
    ...withoutScheme(malformed),
  },
  { title: 'a token with invalid characters', request: () => me('Bearer a,b'), ...malformed },
  { title: 'a token with padding in the middle', request: () => me('Bearer a=b'), ...malformed },
  { title: 'a scheme in quotes', request: () => me('"Bearer" abc'), ...withoutScheme(malformed) },
  {
    title: 'two Authorization lines',
    request: async ({ issuer }) => me([`Bearer ${await issuer.issue()}`, `Bearer ${await issuer.issue()}`]),
    ...repeated,
  },
  {
    title: 'two Authorization lines, the first one empty',
    request: async ({ issuer }) => me(['', `Bearer ${await issuer.issue()}`]),
    ...repeated,
  },
  {
    title: 'two Authorization lines, the first one with another scheme',
    request: async ({ issuer }) => me(['Basic dXNlcjpwYXNz', `Bearer ${await issuer.issue()}`]),
    ...repeated,
  },
  {
    title: 'a token in the query',
    request: async ({ issuer }) => ({ path: `/me?access_token=${await issuer.issue()}` }),
    ...anonymous,
  },
  {
    title: 'a good token in the header and a bad one in the query, which is ignored',
    request: async ({ issuer }) => me(`Bearer ${await issuer.issue()}`, { path: '/me?access_token=bad' }),
    ...passes,
  },
  {
    title: 'a token in a cookie and in other headers',
    request: async ({ issuer }) => {
      const token = await issuer.issue()
      const headers = {
        cookie: `access_token=${token}`,
        'x-access-token': token,
        'proxy-authorization': `Bearer ${token}`,
      }
      return { path: '/me', headers }
    },
    ...anonymous,
  },
  { title: 'HEAD without credentials', request: () => me(undefined, { method: 'HEAD' }), ...anonymous },
  { title: 'HEAD with the scheme but no token', request: () => me('Bearer', { method: 'HEAD' }), ...malformed },
  {
    title: 'OPTIONS that announces an Authorization header but has none',
    request: () => ({
      method: 'OPTIONS',
      path: '/me',
      headers: { 'access-control-request-headers': 'authorization', 'access-control-request-method': 'GET' },
    }),
    ...anonymous,
  },
]

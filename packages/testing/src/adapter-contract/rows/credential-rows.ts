import { me } from '../client.ts'
import { outcomes } from '../outcomes.ts'
import type { StatusRow } from '../status-row.ts'

const { passes, anonymous, malformed, repeated } = outcomes

/** Requests without credentials, or with malformed ones: RFC 6750 §2.1, §3.1, RFC 9110 §11.6.2. */
export const credentialRows: readonly StatusRow[] = [
  { title: 'no credentials', request: () => me(), ...anonymous },
  { title: 'an empty header', request: () => me(''), ...anonymous },
  { title: 'another scheme', request: () => me('Basic dXNlcjpwYXNz'), ...anonymous },
  { title: 'another scheme without credentials', request: () => me('Negotiate'), ...anonymous },
  { title: 'a scheme that begins like ours', request: () => me('BearerX abc'), ...anonymous },
  {
    title: 'a good token under another scheme',
    request: async ({ issuer }) => me(`DPoP ${await issuer.issue()}`),
    ...anonymous,
  },
  { title: 'the scheme alone', request: () => me('Bearer'), ...malformed },
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
    ...malformed,
  },
  { title: 'a token with foreign characters', request: () => me('Bearer a,b'), ...malformed },
  { title: 'a token with padding inside of it', request: () => me('Bearer a=b'), ...malformed },
  { title: 'a scheme in quotes', request: () => me('"Bearer" abc'), ...malformed },
  {
    title: 'two Authorization lines',
    request: async ({ issuer }) => me([`Bearer ${await issuer.issue()}`, `Bearer ${await issuer.issue()}`]),
    ...repeated,
  },
  {
    title: 'two Authorization lines, the first of them empty',
    request: async ({ issuer }) => me(['', `Bearer ${await issuer.issue()}`]),
    ...repeated,
  },
  {
    title: 'two Authorization lines, the first of another scheme',
    request: async ({ issuer }) => me(['Basic dXNlcjpwYXNz', `Bearer ${await issuer.issue()}`]),
    ...repeated,
  },
  {
    title: 'a token in the query',
    request: async ({ issuer }) => ({ path: `/me?access_token=${await issuer.issue()}` }),
    ...anonymous,
  },
  {
    title: 'a token in the header, and one in the query, which counts for nothing',
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
  { title: 'HEAD with the scheme alone', request: () => me('Bearer', { method: 'HEAD' }), ...malformed },
  {
    title: 'OPTIONS that announces an authorization header, without one',
    request: () => ({
      method: 'OPTIONS',
      path: '/me',
      headers: { 'access-control-request-headers': 'authorization', 'access-control-request-method': 'GET' },
    }),
    ...anonymous,
  },
]

import type { VerifierOptions } from '@bearerkit/core'
import type { TestIssuer } from '../test-issuer.ts'
import type { ContractRequest } from './client.ts'

/** One row of the contract's status table: what is sent, and what every framework answers, byte for byte. */
export interface StatusRow {
  readonly title: string
  readonly options?: VerifierOptions
  readonly request: (issuer: TestIssuer) => ContractRequest | Promise<ContractRequest>
  readonly status: number
  /** The whole `WWW-Authenticate` header; undefined for none. */
  readonly challenge?: string
}

export const challenges = {
  anonymous: 'Bearer realm="api"',
  malformed: 'Bearer realm="api", error="invalid_request", error_description="The credentials are malformed"',
  repeated: 'Bearer realm="api", error="invalid_request", error_description="There is more than one access token"',
  invalid: 'Bearer realm="api", error="invalid_token", error_description="The access token is invalid"',
  expired: 'Bearer realm="api", error="invalid_token", error_description="The access token has expired"',
  scope: (scope: string): string =>
    `Bearer realm="api", error="insufficient_scope", error_description="The access token does not have the required scope", scope="${scope}"`,
} as const

const optional: VerifierOptions = { mode: 'optional' }

function me(authorization?: string | string[]): ContractRequest {
  return { path: '/me', headers: authorization === undefined ? {} : { authorization } }
}

/** Requests with credentials that are none, or not well-formed: RFC 6750 §2.1, §3.1, RFC 9110 §11.6.2. */
export const credentialRows: readonly StatusRow[] = [
  { title: 'no credentials', request: () => me(), status: 401, challenge: challenges.anonymous },
  { title: 'another scheme', request: () => me('Basic dXNlcjpwYXNz'), status: 401, challenge: challenges.anonymous },
  {
    title: 'a scheme that begins like ours',
    request: () => me('BearerX abc'),
    status: 401,
    challenge: challenges.anonymous,
  },
  { title: 'the scheme alone', request: () => me('Bearer'), status: 400, challenge: challenges.malformed },
  { title: 'an empty header', request: () => me(''), status: 400, challenge: challenges.malformed },
  {
    title: 'text after the token',
    request: async (issuer) => me(`Bearer ${await issuer.issue()} x`),
    status: 400,
    challenge: challenges.malformed,
  },
  {
    title: 'a token with foreign characters',
    request: () => me('Bearer a,b'),
    status: 400,
    challenge: challenges.malformed,
  },
  { title: 'a scheme in quotes', request: () => me('"Bearer" abc'), status: 400, challenge: challenges.malformed },
  {
    title: 'two Authorization lines',
    request: async (issuer) => me([`Bearer ${await issuer.issue()}`, `Bearer ${await issuer.issue()}`]),
    status: 400,
    challenge: challenges.repeated,
  },
  {
    title: 'a token in the query',
    request: async (issuer) => ({ path: `/me?access_token=${await issuer.issue()}` }),
    status: 401,
    challenge: challenges.anonymous,
  },
  {
    title: 'HEAD without credentials',
    request: () => ({ ...me(), method: 'HEAD' }),
    status: 401,
    challenge: challenges.anonymous,
  },
]

/** Requests with a well-formed token. */
export const tokenRows: readonly StatusRow[] = [
  { title: 'a good token', request: async (issuer) => me(`Bearer ${await issuer.issue()}`), status: 200 },
  { title: 'the scheme in lower case', request: async (issuer) => me(`bearer ${await issuer.issue()}`), status: 200 },
  {
    title: 'several spaces after the scheme',
    request: async (issuer) => me(`Bearer   ${await issuer.issue()}`),
    status: 200,
  },
  {
    title: 'an expired token',
    request: async (issuer) => me(`Bearer ${await issuer.forged.expired()}`),
    status: 401,
    challenge: challenges.expired,
  },
  {
    title: 'a token with the scope',
    request: async (issuer) => ({
      ...me(`Bearer ${await issuer.issue({ scope: 'a reports:read' })}`),
      path: '/reports',
    }),
    status: 200,
  },
  {
    title: 'a token without the scope',
    request: async (issuer) => ({
      ...me(`Bearer ${await issuer.issue({ scope: 'reports:readonly' })}`),
      path: '/reports',
    }),
    status: 403,
    challenge: challenges.scope('reports:read'),
  },
  {
    title: 'a token with one of two scopes',
    request: async (issuer) => ({ ...me(`Bearer ${await issuer.issue({ scope: 'ledger:read' })}`), path: '/ledger' }),
    status: 403,
    challenge: challenges.scope('ledger:read ledger:write'),
  },
]

/** What `mode: 'optional'` lets through, and what it does not. */
export const optionalRows: readonly StatusRow[] = [
  { title: 'no credentials', options: optional, request: () => me(), status: 200 },
  { title: 'another scheme', options: optional, request: () => me('Basic dXNlcjpwYXNz'), status: 200 },
  {
    title: 'a good token',
    options: optional,
    request: async (issuer) => me(`Bearer ${await issuer.issue()}`),
    status: 200,
  },
  {
    title: 'a bad token',
    options: optional,
    request: async (issuer) => me(`Bearer ${await issuer.forged.wrongKey()}`),
    status: 401,
    challenge: challenges.invalid,
  },
  {
    title: 'a malformed header',
    options: optional,
    request: () => me('Bearer'),
    status: 400,
    challenge: challenges.malformed,
  },
  {
    title: 'no credentials where a scope is required',
    options: optional,
    request: () => ({ path: '/reports' }),
    status: 401,
    challenge: challenges.anonymous,
  },
]

/** Tokens that are wrong before any key is looked for, or for every key there is: refused, and nothing is fetched. */
export const forgeries: Readonly<Record<string, (issuer: TestIssuer) => Promise<string>>> = {
  '`alg: none`': ({ forged }) => forged.algNone(),
  'HS256, signed with the public key': ({ forged }) => forged.hs256WithPublicKey(),
  'an embedded `jwk`': ({ forged }) => forged.embeddedJwk(),
  'a `jku`': ({ forged, jwksUrl }) => forged.jku(jwksUrl),
  'an `x5c`': ({ forged }) => forged.x5c(),
  'an unknown `crit`': ({ forged }) => forged.unknownCrit(),
  'five parts': ({ forged }) => forged.fiveParts(),
  '20 KB of junk': ({ forged }) => forged.junk(20_000),
  'a line break and a snowman in `alg`': ({ forged }) => forged.hostileAlg(),
  'another key': ({ forged }) => forged.wrongKey(),
  'a flipped bit in the signature': ({ forged }) => forged.flippedSignatureBit(),
  'a second spelling of the signature': ({ forged }) => forged.nonCanonicalSignature(),
  'other claims than were signed': ({ forged }) => forged.tamperedPayload(),
  'another `typ`': ({ forged }) => forged.wrongTyp(),
  'another issuer': ({ forged }) => forged.wrongIssuer(),
  'another audience': ({ forged }) => forged.wrongAudience(),
  'no `exp`': ({ forged }) => forged.missingExp(),
  '`exp: 1e400`': ({ forged }) => forged.infiniteExp(),
  '`nbf` in the future': ({ forged }) => forged.notYetValid(),
  'a `cnf`': ({ forged }) => forged.boundToKey(),
}

import type { AccessTokenClaims, StandardSchema, VerifierOptions } from '@bearerkit/core'
import type { TokenChange } from '../../../tokens/forge.ts'
import { me } from '../client.ts'
import { type Challenge, naming, type Outcome, outcomes } from '../outcomes.ts'
import type { AppOptions, AppOptionsFor } from '../stage.ts'
import { forged, issued, type RequestFor, signedByOther, type StatusRow } from '../status-row.ts'

const { passes, invalid, expired, malformed, revoked, ungranted, weakLogin, outOfScope } = outcomes
const unavailable = outcomes.unavailable('verification_unavailable')

function verifying(verify: VerifierOptions): AppOptions {
  return { verify }
}

const revoking = verifying({ isRevoked: async ({ jti }) => jti === 'revoked' })
const revocationDown = verifying({ mode: 'optional', isRevoked: () => Promise.reject(new Error('the store is down')) })
/** JavaScript callers can return other values than a boolean. */
const revocationUndefined = verifying({ isRevoked: async () => undefined as unknown as boolean })
const revocationZero = verifying({ isRevoked: () => 0 as unknown as boolean })
const permissions = verifying({ scopeClaim: 'permissions' })
const nested = verifying({ scopeClaim: ['realm_access', 'roles'] })
const dotted = verifying({ scopeClaim: 'realm_access.roles' })
const strict = verifying({ clockTolerance: 0, maxTokenAge: '5m', requiredClaims: ['tenant'] })
const anyAudience = verifying({ audience: null })
const rsaAlone = verifying({ algorithms: ['RS256'] })
const short = verifying({ maxTokenLength: 200 })

const schema: StandardSchema<AccessTokenClaims> = {
  '~standard': {
    version: 1,
    vendor: 'by hand',
    validate: async (value) => {
      const claims = value as AccessTokenClaims
      return claims['tenant'] === 'acme' ? { value: claims } : { issues: [{ message: 'not the tenant' }] }
    },
  },
}
const validating = verifying({ claims: schema })

const metadataUrl = 'https://api.example.com/.well-known/oauth-protected-resource/mcp'
const announcing = verifying({ resourceMetadataUrl: metadataUrl })
const announced = (outcome: Challenge): Outcome => naming(outcome, `resource_metadata="${metadataUrl}"`)

const scoped = verifying({ challengeScopes: ['mcp:tools', 'mcp:read'] })
const scopeNamed = (outcome: Challenge): Outcome => naming(outcome, 'scope="mcp:tools mcp:read"')

/** Both issuers with different rules: RFC 8725 §3.8, §3.12. */
const both: AppOptionsFor = ({ issuer, other }) =>
  verifying({
    issuers: [
      { issuer: issuer.issuer, profile: 'rfc9068', requiredClaims: ['tenant'] },
      { issuer: other.issuer, jwksUrl: other.jwksUrl, audience: 'https://other-api.example.com' },
    ],
  })
const resolving: AppOptionsFor = ({ issuer, other }) =>
  verifying({
    audience: issuer.audience,
    resolveIssuer: async (iss) => (iss === other.issuer ? { jwksUrl: other.jwksUrl } : undefined),
  })
/** Like rows with optional columns: `undefined` means not given, so the shared rule applies. */
const undefinedColumns: AppOptionsFor = ({ issuer, other }) =>
  verifying({
    audience: issuer.audience,
    profile: 'rfc9068',
    requiredClaims: ['tenant'],
    issuers: [{ issuer: issuer.issuer, profile: undefined, requiredClaims: undefined }],
    resolveIssuer: async () => ({ jwksUrl: other.jwksUrl, profile: undefined, requiredClaims: undefined }),
  })
const resolverDown = verifying({ resolveIssuer: () => Promise.reject(new Error('the database is down')) })

const otherApi = { aud: 'https://other-api.example.com' }

type OptionCase = readonly [title: string, options: AppOptionsFor, request: RequestFor, outcome: Outcome]

const optionCases: readonly OptionCase[] = [
  ['a revoked token', revoking, forged({ claims: { jti: 'revoked' } }), revoked],
  ['a token that is not revoked', revoking, issued(), passes],
  ['an expired token that is revoked', revoking, forged({ claims: { jti: 'revoked', exp: 1 } }), expired],
  ['a forged token that is revoked', revoking, signedByOther({ claims: { jti: 'revoked' } }), invalid],
  ['a token if the check rejects', revocationDown, issued(), unavailable],
  ['a token if the check returns undefined', revocationUndefined, issued(), unavailable],
  ['a token if the check returns 0', revocationZero, issued(), unavailable],
  ['claims that fit the schema', validating, issued({ tenant: 'acme' }), passes],
  ['claims that do not fit the schema', validating, issued({ tenant: 'beta' }), invalid],
  [
    'a token with the scope in the named claim',
    permissions,
    issued({ permissions: ['reports:read'] }, reports()),
    passes,
  ],
  [
    'a token with the scope in another claim',
    permissions,
    issued({ scope: 'reports:read' }, reports()),
    outOfScope('reports:read'),
  ],
  [
    'a token with the scope at the path',
    nested,
    issued({ realm_access: { roles: ['reports:read'] } }, reports()),
    passes,
  ],
  [
    'a token without the scope at the path',
    nested,
    issued({ scope: 'reports:read' }, reports()),
    outOfScope('reports:read'),
  ],
  [
    'a token with the scope in a claim with dots in its name',
    dotted,
    issued({ 'realm_access.roles': 'reports:read' }, reports()),
    passes,
  ],
  [
    'a token with the scope at a path if a name with dots is given',
    dotted,
    issued({ realm_access: { roles: ['reports:read'] } }, reports()),
    outOfScope('reports:read'),
  ],
  [
    'a token that has just expired, without a tolerance',
    strict,
    forged({ claims: { tenant: 'a', exp: now() } }),
    expired,
  ],
  ['a token with the required claim', strict, issued({ tenant: 'acme' }), passes],
  ['a token without the required claim', strict, issued(), invalid],
  ['a token that is too old', strict, forged({ claims: { tenant: 'a', iat: now() - 301 } }), invalid],
  [
    'a token for another audience without an audience check',
    anyAudience,
    forged({ claims: { aud: 'https://x.example' } }),
    passes,
  ],
  ['a token with an algorithm that is not listed', rsaAlone, issued(), invalid],
  ['a token that is too long', short, issued(), invalid],
  ['a token of the first issuer', both, issued({ tenant: 'acme' }), passes],
  ['a token of the first issuer that only fits the rules of the second', both, issued({}), invalid],
  [
    'a token of the first issuer for the audience of the second',
    both,
    forged({ claims: { tenant: 'acme', ...otherApi } }),
    invalid,
  ],
  ['a token of the second issuer', both, byOther({ claims: otherApi, header: { typ: 'JWT' } }), passes],
  ['a token of the second issuer for the audience of the first', both, byOther({}), invalid],
  ['a token of the first issuer that the second signed', both, signedByOther({ claims: { tenant: 'acme' } }), invalid],
  ['a token of a resolved issuer', resolving, byOther({}), passes],
  ['a token whose issuer is resolved to undefined', resolving, issued(), invalid],
  ['a token that fits the shared rules', undefinedColumns, issued({ tenant: 'acme' }), passes],
  ['a token with another profile', undefinedColumns, forged(jwtOf('acme')), invalid],
  ['a token without the required claim', undefinedColumns, issued(), invalid],
  ['a token of a resolved issuer with another profile', undefinedColumns, byOther(jwtOf('acme')), invalid],
  ['a token of a resolved issuer without the required claim', undefinedColumns, byOther({}), invalid],
  ['a token if the resolver rejects', resolverDown, issued(), unavailable],
  ['a request without credentials', scoped, () => me(), scopeNamed(outcomes.anonymous)],
  ['a bad token', scoped, () => me('Bearer bad'), scopeNamed(invalid)],
  ['a token without the scope of a guard', scoped, issued({}, reports()), outOfScope('reports:read')],
  ['a token without the claim of a guard', scoped, issued({}, { path: '/tenant' }), ungranted],
  ['a token with a login that is too weak for a guard', scoped, issued({}, { path: '/payments' }), weakLogin],
  ['a token without any of these scopes', scoped, issued(), passes],
  ['a request without credentials', announcing, () => me(), announced(outcomes.anonymous)],
  ['malformed credentials', announcing, () => me('Bearer'), announced(malformed)],
  ['a bad token', announcing, () => me('Bearer bad'), announced(invalid)],
  ['a token without the scope', announcing, issued({}, reports()), announced(outOfScope('reports:read'))],
  ['a token without the claim', announcing, issued({}, { path: '/tenant' }), announced(ungranted)],
  ['a token with a weak login', announcing, issued({}, { path: '/payments' }), announced(weakLogin)],
]

function reports(): { path: string } {
  return { path: '/reports' }
}

function jwtOf(tenant: string): TokenChange {
  return { claims: { tenant }, header: { typ: 'JWT' } }
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}

/** Sends a token of the other issuer. */
function byOther(change: TokenChange): RequestFor {
  return ({ issuer, other }) => forged(change)({ issuer: other, other: issuer })
}

const names = new Map<AppOptionsFor, string>([
  [revoking, 'isRevoked'],
  [revocationDown, 'isRevoked'],
  [revocationUndefined, 'isRevoked'],
  [revocationZero, 'isRevoked'],
  [permissions, 'scopeClaim'],
  [nested, 'scopeClaim'],
  [dotted, 'scopeClaim'],
  [validating, 'claims'],
  [both, 'issuers'],
  [resolving, 'resolveIssuer'],
  [undefinedColumns, 'with undefined options'],
  [resolverDown, 'resolveIssuer'],
  [scoped, 'challengeScopes'],
  [announcing, 'resourceMetadataUrl'],
])

export const optionRows: readonly StatusRow[] = optionCases.map(([title, options, request, outcome]) => {
  const name = names.get(options)
  return { title: name === undefined ? title : `${title} (${name})`, options, request, ...outcome }
})

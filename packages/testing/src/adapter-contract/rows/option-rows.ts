import type { AccessTokenClaims, StandardSchema, VerifierOptions } from '@bearerkit/core'
import type { TokenChange } from '../../forge.ts'
import { me } from '../client.ts'
import { type Challenge, naming, type Outcome, outcomes } from '../outcomes.ts'
import type { AppOptions, AppOptionsFor } from '../stage.ts'
import { forged, issued, type RequestFor, signedByOther, type StatusRow } from '../status-row.ts'

const { passes, invalid, expired, malformed, revoked, unavailable, ungranted, weakLogin, outOfScope } = outcomes

function verifying(verify: VerifierOptions): AppOptions {
  return { verify }
}

const revoking = verifying({ isRevoked: async ({ jti }) => jti === 'revoked' })
const revocationDown = verifying({ mode: 'optional', isRevoked: () => Promise.reject(new Error('the store is down')) })
/** What JavaScript callers answer where TypeScript would ask for a boolean. */
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

/** Both issuers, each with its own rules: RFC 8725 §3.8, §3.12. */
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
/** As rows with optional columns have it: undefined is not given, and the shared rule holds. */
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
  ['a token that was revoked', revoking, forged({ claims: { jti: 'revoked' } }), revoked],
  ['a token that was not', revoking, issued(), passes],
  ['a revoked token that has expired', revoking, forged({ claims: { jti: 'revoked', exp: 1 } }), expired],
  ['a revoked token that is forged', revoking, signedByOther({ claims: { jti: 'revoked' } }), invalid],
  ['revocation cannot be found out', revocationDown, issued(), unavailable],
  ['revocation answers undefined', revocationUndefined, issued(), unavailable],
  ['revocation answers 0', revocationZero, issued(), unavailable],
  ['claims that fit the schema', validating, issued({ tenant: 'acme' }), passes],
  ['claims that do not fit the schema', validating, issued({ tenant: 'beta' }), invalid],
  ['the scope, from the named claim', permissions, issued({ permissions: ['reports:read'] }, reports()), passes],
  [
    'the scope, from another claim',
    permissions,
    issued({ scope: 'reports:read' }, reports()),
    outOfScope('reports:read'),
  ],
  ['the scope, from a path', nested, issued({ realm_access: { roles: ['reports:read'] } }, reports()), passes],
  ['no scope at the path', nested, issued({ scope: 'reports:read' }, reports()), outOfScope('reports:read')],
  ['the scope, from a name with dots', dotted, issued({ 'realm_access.roles': 'reports:read' }, reports()), passes],
  [
    'the scope, where a name with dots is no path',
    dotted,
    issued({ realm_access: { roles: ['reports:read'] } }, reports()),
    outOfScope('reports:read'),
  ],
  ['no tolerance, and a token just expired', strict, forged({ claims: { tenant: 'a', exp: now() } }), expired],
  ['a required claim', strict, issued({ tenant: 'acme' }), passes],
  ['no required claim', strict, issued(), invalid],
  ['a token that is too old', strict, forged({ claims: { tenant: 'a', iat: now() - 301 } }), invalid],
  ['no audience check', anyAudience, forged({ claims: { aud: 'https://x.example' } }), passes],
  ['an algorithm that is not named', rsaAlone, issued(), invalid],
  ['a token that is too long', short, issued(), invalid],
  ['the first of two issuers', both, issued({ tenant: 'acme' }), passes],
  ['the first, by the rules of the second', both, issued({}), invalid],
  ['the first, for the audience of the second', both, forged({ claims: { tenant: 'acme', ...otherApi } }), invalid],
  ['the second of two issuers', both, byOther({ claims: otherApi, header: { typ: 'JWT' } }), passes],
  ['the second, for the audience of the first', both, byOther({}), invalid],
  ['the first, signed by the second', both, signedByOther({ claims: { tenant: 'acme' } }), invalid],
  ['an issuer that is resolved', resolving, byOther({}), passes],
  ['an issuer that is resolved to nothing', resolving, issued(), invalid],
  ['all that is shared', undefinedColumns, issued({ tenant: 'acme' }), passes],
  ['another profile', undefinedColumns, forged(jwtOf('acme')), invalid],
  ['no required claim', undefinedColumns, issued(), invalid],
  ['a resolved issuer, another profile', undefinedColumns, byOther(jwtOf('acme')), invalid],
  ['a resolved issuer, no required claim', undefinedColumns, byOther({}), invalid],
  ['an issuer that cannot be resolved', resolverDown, issued(), unavailable],
  ['no credentials', scoped, () => me(), scopeNamed(outcomes.anonymous)],
  ['a bad token', scoped, () => me('Bearer bad'), scopeNamed(invalid)],
  ['no scope for a guard', scoped, issued({}, reports()), outOfScope('reports:read')],
  ['no claim for a guard', scoped, issued({}, { path: '/tenant' }), ungranted],
  ['a login too weak for a guard', scoped, issued({}, { path: '/payments' }), weakLogin],
  ['none of these scopes', scoped, issued(), passes],
  ['no credentials', announcing, () => me(), announced(outcomes.anonymous)],
  ['malformed credentials', announcing, () => me('Bearer'), announced(malformed)],
  ['a bad token', announcing, () => me('Bearer bad'), announced(invalid)],
  ['no scope', announcing, issued({}, reports()), announced(outOfScope('reports:read'))],
  ['no claim', announcing, issued({}, { path: '/tenant' }), announced(ungranted)],
  ['a weak login', announcing, issued({}, { path: '/payments' }), announced(weakLogin)],
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

/** With a token that the other issuer made. */
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
  [undefinedColumns, 'options that are undefined'],
  [resolverDown, 'resolveIssuer'],
  [scoped, 'challengeScopes'],
  [announcing, 'resourceMetadataUrl'],
])

export const optionRows: readonly StatusRow[] = optionCases.map(([title, options, request, outcome]) => {
  const name = names.get(options)
  return { title: name === undefined ? title : `${name}: ${title}`, options, request, ...outcome }
})

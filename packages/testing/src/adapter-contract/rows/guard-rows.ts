import type { IssueClaims } from '@bearerkit/core'
import { type Outcome, outcomes } from '../outcomes.ts'
import { forged, issued, type StatusRow } from '../status-row.ts'

const { passes, ungranted, weakLogin, outOfScope } = outcomes

type GuardCase = readonly [title: string, path: string, claims: () => IssueClaims, outcome: Outcome]

function agoInSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) - seconds
}

const reports = outOfScope('reports:read')
const ledger = outOfScope('ledger:read ledger:write')
const either = outOfScope('reports:read reports:write')

/** What each guard of the contract lets through: RFC 6749 §3.3, RFC 6750 §3.1, RFC 9470 §3. */
const guardCases: readonly GuardCase[] = [
  ['the scope, from `scp`', '/reports', () => ({ scp: ['reports:read'] }), passes],
  ['the scope, from `scp` as a string', '/reports', () => ({ scp: 'a reports:read' }), passes],
  ['the scope in another case', '/reports', () => ({ scope: 'Reports:Read' }), reports],
  ['a scope that begins alike', '/reports', () => ({ scope: 'reports:read:all' }), reports],
  ['no scope', '/reports', () => ({}), reports],
  ['both scopes', '/ledger', () => ({ scope: 'ledger:write ledger:read' }), passes],
  ['only the second of both scopes', '/ledger', () => ({ scope: 'ledger:write' }), ledger],
  ['the first of either scope', '/either', () => ({ scope: 'reports:read' }), passes],
  ['the second of either scope', '/either', () => ({ scope: 'x reports:write' }), passes],
  ['neither scope', '/either', () => ({ scope: 'reports' }), either],
  ['the claims', '/tenant', () => ({ tenant: 'acme', roles: ['user', 'admin'] }), passes],
  ['only one of the claims', '/tenant', () => ({ tenant: 'acme' }), ungranted],
  ['a claim with another value', '/tenant', () => ({ tenant: 'Acme', roles: ['admin'] }), ungranted],
  ['a member of a claim', '/member', () => ({ realm_access: { roles: ['user', 'admin'], more: 1 } }), passes],
  ['another member of a claim', '/member', () => ({ realm_access: { roles: ['user'] } }), ungranted],
  ['no member of a claim', '/member', () => ({ 'realm_access.roles': 'admin', roles: 'admin' }), ungranted],
  ['the claim at a path', '/path', () => ({ resource_access: { 'my.api': { roles: ['admin'] } } }), passes],
  ['no claim at a path', '/path', () => ({ resource_access: { my: { api: { roles: ['admin'] } } } }), ungranted],
  ['what a predicate with a thenable wants', '/thenable', () => ({ tenant: 'acme' }), passes],
  ['what a predicate with a thenable does not want', '/thenable', () => ({ tenant: 'beta' }), ungranted],
  ['what the predicate wants', '/weekday', () => ({ weekday: 'friday' }), passes],
  ['what the predicate does not want', '/weekday', () => ({ weekday: 'monday' }), ungranted],
  ['the predicate fails, with nothing', '/faulty', () => ({}), { status: 500 }],
  ['a good login', '/payments', () => ({ acr: 'silver', auth_time: agoInSeconds(60) }), passes],
  ['a weak login', '/payments', () => ({ acr: 'bronze', auth_time: agoInSeconds(60) }), weakLogin],
  ['an old login', '/payments', () => ({ acr: 'gold', auth_time: agoInSeconds(400) }), weakLogin],
  ['a login in the future', '/payments', () => ({ acr: 'gold', auth_time: agoInSeconds(-60) }), weakLogin],
  ['a login in milliseconds', '/payments', () => ({ acr: 'gold', auth_time: Date.now() }), weakLogin],
  ['a login that does not say when', '/payments', () => ({ acr: 'gold' }), weakLogin],
  ['a login that does not say how', '/payments', () => ({ auth_time: agoInSeconds(60) }), weakLogin],
]

export const guardRows: readonly StatusRow[] = [
  ...guardCases.map(([title, path, claims, outcome]): StatusRow => {
    return { title: `${path}: ${title}`, request: (cast) => issued(claims(), { path })(cast), ...outcome }
  }),
  ...[{ 'reports:read': true }, 5, null, ['REPORTS:READ'], [['reports:read']]].map((scope): StatusRow => {
    const request = forged({ claims: { scope } }, { path: '/reports' })
    return { title: `/reports: the scope ${JSON.stringify(scope)}`, request, ...reports }
  }),
]

/** Guards where nothing authenticates: never a pass. */
export const unguardedRows: readonly StatusRow[] = [...new Set(guardCases.map(([, path]) => path))].map((path) => {
  const claims = {
    scope: 'reports:read ledger:read ledger:write',
    tenant: 'acme',
    roles: ['admin'],
    weekday: 'friday',
    realm_access: { roles: ['admin'] },
  }
  return { title: path, request: issued(claims, { path: `/unguarded${path}` }), status: 500 }
})

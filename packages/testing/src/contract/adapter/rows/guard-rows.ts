import type { IssueClaims } from '@bearerkit/core'
import { bank } from '../guarded-routes.ts'
import { type Outcome, outcomes, withoutScheme } from '../outcomes.ts'
import { forged, issued, type StatusRow } from '../status-row.ts'

const { passes, fails, ungranted, weakLogin, outOfScope } = outcomes

type GuardCase = readonly [title: string, path: string, claims: () => IssueClaims, outcome: Outcome]

function agoInSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) - seconds
}

const reports = outOfScope('reports:read')
const ledger = outOfScope('ledger:read ledger:write')
const either = outOfScope('reports:read reports:write')

/** What grants a request to `/transfers`. */
const payment = { type: 'payment_initiation', actions: ['status', 'initiate', 'cancel'], locations: [bank] }
const account = { type: 'account_information', actions: ['initiate', 'status'], locations: [bank] }

function granted(...details: unknown[]): () => IssueClaims {
  return () => ({ authorization_details: details })
}

/** The decisions of each guard of the contract: RFC 6749 §3.3, RFC 6750 §3.1, RFC 9396 §9.1, RFC 9470 §3. */
const guardCases: readonly GuardCase[] = [
  ['the scope in `scp`', '/reports', () => ({ scp: ['reports:read'] }), passes],
  ['the scope in a `scp` string', '/reports', () => ({ scp: 'a reports:read' }), passes],
  ['the scope in another case', '/reports', () => ({ scope: 'Reports:Read' }), reports],
  ['a longer scope with the same beginning', '/reports', () => ({ scope: 'reports:read:all' }), reports],
  ['no scope', '/reports', () => ({}), reports],
  ['both scopes', '/ledger', () => ({ scope: 'ledger:write ledger:read' }), passes],
  ['only the second of two scopes', '/ledger', () => ({ scope: 'ledger:write' }), ledger],
  ['the first of two alternative scopes', '/either', () => ({ scope: 'reports:read' }), passes],
  ['the second of two alternative scopes', '/either', () => ({ scope: 'x reports:write' }), passes],
  ['neither scope', '/either', () => ({ scope: 'reports' }), either],
  ['the required claims', '/tenant', () => ({ tenant: 'acme', roles: ['user', 'admin'] }), passes],
  ['only one of the claims', '/tenant', () => ({ tenant: 'acme' }), ungranted],
  ['a claim with another value', '/tenant', () => ({ tenant: 'Acme', roles: ['admin'] }), ungranted],
  [
    'the required member of a claim',
    '/member',
    () => ({ realm_access: { roles: ['user', 'admin'], more: 1 } }),
    passes,
  ],
  ['another value of the member of a claim', '/member', () => ({ realm_access: { roles: ['user'] } }), ungranted],
  [
    'a claim whose name looks like a path',
    '/member',
    () => ({ 'realm_access.roles': 'admin', roles: 'admin' }),
    ungranted,
  ],
  ['the claim at a path', '/path', () => ({ resource_access: { 'my.api': { roles: ['admin'] } } }), passes],
  ['no claim at the path', '/path', () => ({ resource_access: { my: { api: { roles: ['admin'] } } } }), ungranted],
  ['claims that a predicate accepts with a thenable', '/thenable', () => ({ tenant: 'acme' }), passes],
  ['claims that a predicate refuses with a thenable', '/thenable', () => ({ tenant: 'beta' }), ungranted],
  ['claims that the predicate accepts', '/weekday', () => ({ weekday: 'friday' }), passes],
  ['claims that the predicate refuses', '/weekday', () => ({ weekday: 'monday' }), ungranted],
  ['a predicate that rejects with undefined', '/faulty', () => ({}), fails],
  ['a good login', '/payments', () => ({ acr: 'silver', auth_time: agoInSeconds(60) }), passes],
  ['a weak login', '/payments', () => ({ acr: 'bronze', auth_time: agoInSeconds(60) }), weakLogin],
  ['an old login', '/payments', () => ({ acr: 'gold', auth_time: agoInSeconds(400) }), weakLogin],
  ['a login in the future', '/payments', () => ({ acr: 'gold', auth_time: agoInSeconds(-60) }), weakLogin],
  ['an `auth_time` in milliseconds', '/payments', () => ({ acr: 'gold', auth_time: Date.now() }), weakLogin],
  ['no `auth_time`', '/payments', () => ({ acr: 'gold' }), weakLogin],
  ['no `acr`', '/payments', () => ({ auth_time: agoInSeconds(60) }), weakLogin],
  ['the type, the actions and the location', '/transfers', granted(payment), passes],
  ['these among other authorization details', '/transfers', granted(account, payment), passes],
  ['another type', '/transfers', granted(account), ungranted],
  ['only one of the actions', '/transfers', granted({ ...payment, actions: ['initiate'] }), ungranted],
  ['another location', '/transfers', granted({ ...payment, locations: [`${bank}/1`] }), ungranted],
  ['no location', '/transfers', granted({ ...payment, locations: undefined }), ungranted],
  [
    'a type without the actions and another type with them',
    '/transfers',
    granted({ ...payment, actions: [] }, account),
    ungranted,
  ],
  ['authorization details that are no list', '/transfers', () => ({ authorization_details: payment }), ungranted],
  ['a malformed element among the authorization details', '/transfers', granted(payment, { type: 5 }), ungranted],
  ['no authorization details', '/transfers', () => ({}), ungranted],
]

export const guardRows: readonly StatusRow[] = [
  ...guardCases.map(([title, path, claims, outcome]): StatusRow => {
    return { title: `${path} with ${title}`, request: (cast) => issued(claims(), { path })(cast), ...outcome }
  }),
  ...[{ 'reports:read': true }, 5, null, ['REPORTS:READ'], [['reports:read']]].map((scope): StatusRow => {
    const request = forged({ claims: { scope } }, { path: '/reports' })
    return { title: `/reports with the scope ${JSON.stringify(scope)}`, request, ...reports }
  }),
]

/** A guard never lets a request pass without authentication. */
export const unguardedRows: readonly StatusRow[] = [...new Set(guardCases.map(([, path]) => path))].map((path) => {
  const claims = {
    scope: 'reports:read ledger:read ledger:write',
    tenant: 'acme',
    roles: ['admin'],
    weekday: 'friday',
    realm_access: { roles: ['admin'] },
    authorization_details: [payment],
  }
  return { title: path, request: issued(claims, { path: `/unguarded${path}` }), ...withoutScheme(fails) }
})

import {
  type AuthenticationRequirement,
  claim,
  type ClaimsPredicate,
  type RequiredAuthorizationDetails,
  type RequiredClaims,
} from '@bearerkit/core'

/** The guards that every adapter exports, as middleware of its framework. */
export interface AdapterGuards<Middleware> {
  /** Requires all of the scopes. */
  readonly requireScopes: (...scopes: string[]) => Middleware
  /** Requires one of the scopes. */
  readonly requireAnyScope: (...scopes: string[]) => Middleware
  /** Requires claim values, or a predicate of the claims. */
  readonly requireClaims: (required: RequiredClaims | ClaimsPredicate) => Middleware
  /** Requires a stronger or more recent login (RFC 9470). */
  readonly requireAuthentication: (requirement: AuthenticationRequirement) => Middleware
  /** Requires an element of `authorization_details` (RFC 9396). */
  readonly requireAuthorizationDetails: (required: RequiredAuthorizationDetails) => Middleware
}

/**
 * Returns the guarded routes of the contract: `[path, middleware]`.
 *
 * @param predicate the predicate of `/asked`
 */
export function contractGuards<Middleware>(
  guards: AdapterGuards<Middleware>,
  predicate: ClaimsPredicate,
): readonly (readonly [path: string, middleware: Middleware])[] {
  const { requireScopes, requireAnyScope, requireClaims, requireAuthentication, requireAuthorizationDetails } = guards
  return [
    ['/reports', requireScopes('reports:read')],
    ['/ledger', requireScopes('ledger:read', 'ledger:write')],
    ['/either', requireAnyScope('reports:read', 'reports:write')],
    ['/tenant', requireClaims({ tenant: 'acme', roles: 'admin' })],
    ['/weekday', requireClaims(async (claims) => (claims as Record<string, unknown>)['weekday'] === 'friday')],
    ['/member', requireClaims({ realm_access: { roles: 'admin' } })],
    ['/path', requireClaims(claim(['resource_access', 'my.api', 'roles'], 'admin'))],
    ['/thenable', requireClaims(({ tenant }) => thenable(tenant === 'acme'))],
    ['/faulty', requireClaims(failing)],
    ['/asked', requireClaims(predicate)],
    ['/payments', requireAuthentication({ acrValues: ['gold', 'silver'], maxAge: '5m' })],
    [
      '/transfers',
      requireAuthorizationDetails({ type: 'payment_initiation', actions: ['initiate', 'status'], locations: bank }),
    ],
  ]
}

/** The location of `/transfers`: RFC 9396 §2.2. */
export const bank = 'https://bank.example.com/payments'

/** Like the results of promise libraries and query builders. */
function thenable<T>(value: T): PromiseLike<T> {
  return { then: (resolve, reject) => Promise.resolve(value).then(resolve, reject) }
}

/** Rejects with `undefined`, which frameworks treat as the absence of an error. */
const failing: ClaimsPredicate = async () => {
  throw undefined
}

import { ConfigurationError } from '../errors.ts'
import { authenticationOf } from './authentication.ts'
import type { AuthContext } from './authenticator.ts'
import { RequestRefusedError } from './refusal.ts'
import type { HttpRequest } from './request.ts'

/** Lets an authenticated request pass, or says how it is refused. */
export type Guard = (request: HttpRequest) => RequestRefusedError | undefined

/** RFC 6749 Appendix A.4. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * Requires every one of the scopes, compared exactly (RFC 6749 §3.3). Else: 403 `insufficient_scope` (RFC 6750 §3.1).
 *
 * @throws ConfigurationError if no scope is given, or one is not a scope; when asked, if verifyJwt has not seen the request
 */
export function scopeGuard(...required: readonly string[]): Guard {
  checkScopes(required)
  const scope = required.join(' ')
  return (request) => {
    const authentication = authenticationOf(request)
    if (authentication === undefined) throw unguarded()
    const { auth, context } = authentication
    if (auth === undefined) return new RequestRefusedError('credentials_missing', context)
    return hasAll(auth, required) ? undefined : new RequestRefusedError('scope_insufficient', { ...context, scope })
  }
}

function checkScopes(scopes: readonly unknown[]): void {
  if (scopes.length === 0) throw new ConfigurationError('requireScopes: name at least one scope', 'scopes')
  for (const scope of scopes) {
    if (typeof scope === 'string' && scopeToken.test(scope)) continue
    throw new ConfigurationError(
      `requireScopes: ${JSON.stringify(scope)} is not one scope: give each as a string of its own`,
      'scopes',
    )
  }
}

function hasAll({ scopes }: AuthContext, required: readonly string[]): boolean {
  return required.every((scope) => scopes.includes(scope))
}

/** Never a pass: a guard on a route that nothing authenticates is a hole that must show. */
function unguarded(): ConfigurationError {
  return new ConfigurationError(
    'a guard ran on a request that verifyJwt has not seen: put verifyJwt before it',
    'verifyJwt',
  )
}

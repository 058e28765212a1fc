import { rememberAuthentication } from '../../../src/http/authentication.ts'
import type { Guard } from '../../../src/http/guards/guards.ts'
import { ProtectionSpace } from '../../../src/http/refusals/protection-space.ts'
import type { ChallengeContext } from '../../../src/http/refusals/refusal.ts'
import { type Outcome, outcomeOf } from '../outcome.ts'

interface Granted {
  readonly scopes?: readonly string[]
  readonly claims?: object
}

/** Creates an authenticated request, or one that optional mode let pass without an auth context. */
export function requestWith(granted: Granted | undefined, context: ChallengeContext = { realm: 'things' }): object {
  const request = { headers: {} }
  const auth = granted && {
    token: 'token',
    scheme: 'Bearer' as const,
    header: { alg: 'ES256' },
    claims: { iss: 'issuer', exp: 1, ...granted.claims },
    scopes: granted.scopes ?? [],
  }
  rememberAuthentication(request, auth, auth?.claims, new ProtectionSpace(context, false))
  return request
}

export function judged(guard: Guard, request: object): Promise<Outcome> {
  return outcomeOf((continuation) => guard(request, continuation))
}

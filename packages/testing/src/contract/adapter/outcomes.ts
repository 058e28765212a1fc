import assert from 'node:assert/strict'
import type { ContractAnswer } from './client.ts'

/** A status and the whole `WWW-Authenticate` header, byte for byte. Undefined: the header is absent. */
export interface Outcome {
  readonly status: number
  readonly challenge?: string
}

/** An outcome with a challenge. */
export type Challenge = Required<Outcome>

/** The possible outcomes of a request: RFC 6750 §3, RFC 9470 §3. */
interface Outcomes {
  readonly passes: Outcome
  readonly unavailable: Outcome
  readonly anonymous: Challenge
  readonly malformed: Challenge
  readonly repeated: Challenge
  readonly invalid: Challenge
  readonly expired: Challenge
  readonly revoked: Challenge
  readonly unproven: Challenge
  readonly ungranted: Challenge
  readonly weakLogin: Challenge
  readonly outOfScope: (scope: string) => Challenge
}

export const outcomes: Outcomes = {
  passes: { status: 200 },
  unavailable: { status: 503 },
  anonymous: { status: 401, challenge: 'Bearer realm="api"' },
  malformed: challenged(400, 'invalid_request', 'The credentials are malformed'),
  repeated: challenged(400, 'invalid_request', 'There is more than one access token'),
  invalid: challenged(401, 'invalid_token', 'The access token is invalid'),
  expired: challenged(401, 'invalid_token', 'The access token has expired'),
  revoked: challenged(401, 'invalid_token', 'The access token has been revoked'),
  unproven: challenged(401, 'invalid_token', 'The proof of possession is invalid'),
  ungranted: challenged(403, 'insufficient_scope', 'The access token does not grant this request'),
  weakLogin: challenged(
    401,
    'insufficient_user_authentication',
    'A stronger or more recent authentication is required',
    'acr_values="gold silver", max_age="300"',
  ),
  outOfScope: (scope) =>
    challenged(403, 'insufficient_scope', 'The access token does not have the required scope', `scope="${scope}"`),
}

function challenged(status: number, error: string, description: string, more?: string): Challenge {
  const parameters = ['Bearer realm="api"', `error="${error}"`, `error_description="${description}"`, more]
  return { status, challenge: parameters.filter((parameter) => parameter !== undefined).join(', ') }
}

/** Adds a parameter to the challenge of an outcome. */
export function naming(outcome: Challenge, parameter: string): Outcome {
  return { ...outcome, challenge: `${outcome.challenge}, ${parameter}` }
}

export function assertOutcome(answer: ContractAnswer, { status, challenge }: Outcome): void {
  assert.deepEqual({ status: answer.status, challenge: answer.headers['www-authenticate'] }, { status, challenge })
  // RFC 9110 §15.6.4: a 503 tells the client when to retry.
  if (status === 503) assert.match(String(answer.headers['retry-after']), /^\d+$/)
}

import assert from 'node:assert/strict'
import type { RefusalCode } from '@bearerkit/core'
import type { ContractAnswer } from './client.ts'
import type { Told } from './told.ts'

/** What the client gets, and what the tracing channel tells about it. */
export interface Outcome {
  readonly status: number
  /** The whole `WWW-Authenticate` header, byte for byte. Undefined: the header is absent. */
  readonly challenge?: string
  readonly told: Told
}

/** An outcome with a challenge. */
export type Challenge = Required<Outcome>

type Scheme = NonNullable<Told['scheme']>

/** The possible outcomes of a request: RFC 6750 §3, RFC 9470 §3. */
interface Outcomes {
  readonly passes: Outcome
  readonly passesAnonymously: Outcome
  /** An error of the application after `verifyJwt` has let the request pass. */
  readonly fails: Outcome
  /** RFC 9110 §15.6.4. */
  readonly unavailable: (code: RefusalCode) => Outcome
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
  passes: { status: 200, told: { outcome: 'passed', scheme: 'Bearer' } },
  passesAnonymously: { status: 200, told: { outcome: 'passed' } },
  fails: { status: 500, told: { outcome: 'failed', scheme: 'Bearer' } },
  unavailable: (code) => ({ status: 503, told: refused(code) }),
  anonymous: {
    status: 401,
    challenge: 'Bearer realm="api"',
    told: { outcome: 'refused', code: 'credentials_missing' },
  },
  malformed: challenged(400, 'credentials_malformed', 'invalid_request', 'The credentials are malformed'),
  repeated: withoutScheme(
    challenged(400, 'credentials_repeated', 'invalid_request', 'There is more than one access token'),
  ),
  invalid: challenged(401, 'token_invalid', 'invalid_token', 'The access token is invalid'),
  expired: challenged(401, 'token_expired', 'invalid_token', 'The access token has expired'),
  revoked: challenged(401, 'token_revoked', 'invalid_token', 'The access token has been revoked'),
  unproven: challenged(401, 'proof_invalid', 'invalid_token', 'The proof of possession is invalid'),
  ungranted: challenged(
    403,
    'claims_insufficient',
    'insufficient_scope',
    'The access token does not grant this request',
  ),
  weakLogin: challenged(
    401,
    'authentication_insufficient',
    'insufficient_user_authentication',
    'A stronger or more recent authentication is required',
    'acr_values="gold silver", max_age="300"',
  ),
  outOfScope: (scope) =>
    challenged(
      403,
      'scope_insufficient',
      'insufficient_scope',
      'The access token does not have the required scope',
      `scope="${scope}"`,
    ),
}

function challenged(status: number, code: RefusalCode, error: string, description: string, more?: string): Challenge {
  const parameters = ['Bearer realm="api"', `error="${error}"`, `error_description="${description}"`, more]
  const challenge = parameters.filter((parameter) => parameter !== undefined).join(', ')
  return { status, challenge, told: refused(code) }
}

/** A refusal of a request that presents a token. */
export function refused(code: RefusalCode, scheme: Scheme = 'Bearer'): Told {
  return { outcome: 'refused', code, scheme }
}

/** The same outcome of a request that presents no token, or more than one. */
export function withoutScheme<O extends Outcome>({ told: { scheme: _scheme, ...told }, ...outcome }: O): O {
  return { ...outcome, told } as O
}

/** Adds a parameter to the challenge of an outcome. */
export function naming(outcome: Challenge, parameter: string): Challenge {
  return { ...outcome, challenge: `${outcome.challenge}, ${parameter}` }
}

export function assertOutcome(
  answer: ContractAnswer,
  { status, challenge }: Pick<Outcome, 'status' | 'challenge'>,
): void {
  assert.deepEqual({ status: answer.status, challenge: answer.headers['www-authenticate'] }, { status, challenge })
  // RFC 9110 §15.6.4: a 503 tells the client when to retry.
  if (status === 503) assert.match(String(answer.headers['retry-after']), /^\d+$/)
}

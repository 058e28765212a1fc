import type { RefusalCode } from '@bearerkit/core'
import { type Outcome, refused, withoutScheme } from '../outcomes.ts'

const bearer = 'Bearer realm="api"'
const algs = 'algs="ES256 RS256"'

/** The outcomes of requests to an app with both schemes. Both challenges are in the header, in lines of their own. */
export const dpopOutcomes = {
  passes: { status: 200, told: { outcome: 'passed', scheme: 'DPoP' } },
  anonymous: withoutScheme(challenged(401, 'credentials_missing', {})),
  unproven: challenged(401, 'proof_invalid', {
    dpop: inError('invalid_dpop_proof', 'The proof of possession is invalid'),
  }),
  withoutNonce: challenged(401, 'proof_invalid', {
    dpop: inError('use_dpop_nonce', 'The proof of possession is invalid'),
  }),
  invalid: challenged(401, 'token_invalid', { dpop: inError('invalid_token', 'The access token is invalid') }),
  expired: challenged(401, 'token_expired', { dpop: inError('invalid_token', 'The access token has expired') }),
  revoked: challenged(401, 'token_revoked', { dpop: inError('invalid_token', 'The access token has been revoked') }),
  malformed: challenged(400, 'credentials_malformed', {
    dpop: inError('invalid_request', 'The credentials are malformed'),
  }),
  /** The request names no single scheme, so every challenge has the error. */
  repeated: withoutScheme(
    challenged(400, 'credentials_repeated', bothInError('invalid_request', 'There is more than one access token')),
  ),
  downgraded: {
    ...challenged(401, 'token_invalid', { bearer: inError('invalid_token', 'The access token is invalid') }),
    told: refused('token_invalid', 'Bearer'),
  },
  outOfScope: challenged(403, 'scope_insufficient', {
    dpop: inError('insufficient_scope', 'The access token does not have the required scope'),
    scope: ', scope="reports:read"',
  }),
} satisfies Readonly<Record<string, Outcome>> as Readonly<Record<DpopOutcomeName, Outcome>>

type DpopOutcomeName =
  | 'passes'
  | 'anonymous'
  | 'unproven'
  | 'withoutNonce'
  | 'invalid'
  | 'expired'
  | 'revoked'
  | 'malformed'
  | 'repeated'
  | 'downgraded'
  | 'outOfScope'

/** The outcomes of requests to an app that requires bound tokens, which has one challenge. */
export const boundOutcomes = {
  anonymous: withoutScheme(alone('credentials_missing')),
  invalid: alone('token_invalid', inError('invalid_token', 'The access token is invalid')),
} satisfies Readonly<Record<string, Outcome>> as Readonly<Record<'anonymous' | 'invalid', Outcome>>

function alone(code: RefusalCode, error = ''): Outcome {
  return { status: 401, challenge: `DPoP realm="api"${error}, ${algs}`, told: refused(code) }
}

export function inError(error: string, description: string): string {
  return `, error="${error}", error_description="${description}"`
}

function bothInError(error: string, description: string): { bearer: string; dpop: string } {
  return { bearer: inError(error, description), dpop: inError(error, description) }
}

interface Errors {
  readonly bearer?: string
  readonly dpop?: string
  readonly scope?: string
}

function challenged(status: number, code: RefusalCode, errors: Errors): Outcome {
  const { bearer: ofBearer = '', dpop: ofDpop = '', scope = '' } = errors
  const challenge = `${bearer}${ofBearer}${scope}, DPoP realm="api"${ofDpop}${scope}, ${algs}`
  return { status, challenge, told: refused(code, 'DPoP') }
}

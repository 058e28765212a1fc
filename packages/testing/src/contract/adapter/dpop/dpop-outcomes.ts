import { type Outcome, outcomes } from '../outcomes.ts'

const bearer = 'Bearer realm="api"'
const algs = 'algs="ES256 RS256"'

/** The outcomes of requests to an app with both schemes. Both challenges are in the header, in lines of their own. */
export const dpopOutcomes = {
  passes: outcomes.passes,
  anonymous: challenged(401, {}),
  unproven: challenged(401, { dpop: inError('invalid_dpop_proof', 'The proof of possession is invalid') }),
  withoutNonce: challenged(401, { dpop: inError('use_dpop_nonce', 'The proof of possession is invalid') }),
  invalid: challenged(401, { dpop: inError('invalid_token', 'The access token is invalid') }),
  expired: challenged(401, { dpop: inError('invalid_token', 'The access token has expired') }),
  revoked: challenged(401, { dpop: inError('invalid_token', 'The access token has been revoked') }),
  malformed: challenged(400, { dpop: inError('invalid_request', 'The credentials are malformed') }),
  /** The request names no single scheme, so every challenge has the error. */
  repeated: challenged(400, bothInError('invalid_request', 'There is more than one access token')),
  downgraded: challenged(401, { bearer: inError('invalid_token', 'The access token is invalid') }),
  outOfScope: challenged(403, {
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

/** The only challenge of an app that requires bound tokens. */
export function dpopAlone(error = ''): Outcome {
  return { status: 401, challenge: `DPoP realm="api"${error}, ${algs}` }
}

export function inError(error: string, description: string): string {
  return `, error="${error}", error_description="${description}"`
}

function bothInError(error: string, description: string): { bearer: string; dpop: string } {
  return { bearer: inError(error, description), dpop: inError(error, description) }
}

function challenged(status: number, errors: { bearer?: string; dpop?: string; scope?: string }): Outcome {
  const { bearer: ofBearer = '', dpop: ofDpop = '', scope = '' } = errors
  return { status, challenge: `${bearer}${ofBearer}${scope}, DPoP realm="api"${ofDpop}${scope}, ${algs}` }
}

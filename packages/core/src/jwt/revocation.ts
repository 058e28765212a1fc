import { answerWithin, isThenable } from '../callback.ts'
import { TokenError, VerificationUnavailableError } from '../errors.ts'
import type { HttpRequest } from '../http-message.ts'
import type { AccessTokenClaims, JwtHeader } from './jws/compact-jws.ts'

/** One use of a token. Frozen. */
export interface TokenUse {
  readonly token: string
  /** The request that carried it. Undefined where `TokenVerifier.verify` was called without one. */
  readonly request: HttpRequest | undefined
}

/**
 * Tells whether a token that is otherwise good has been revoked, at each use of it. The answer must be `true` or `false`,
 * or a promise of one of them within five seconds. Anything else, and a failure, is answered with 503, never with a pass.
 * An answer without a promise keeps the request synchronous.
 */
export type RevocationCheck = (
  claims: Readonly<AccessTokenClaims>,
  header: JwtHeader,
  use: TokenUse,
) => boolean | PromiseLike<boolean>

/** What a revocation check is told about a token. */
export interface RevocableToken {
  readonly issued: Readonly<AccessTokenClaims>
  readonly header: JwtHeader
}

/** In milliseconds. */
const longestCheck = 5000

/**
 * Undefined where the check has said at once that the token is not revoked; else a promise that rejects if it is.
 *
 * @throws TokenError `token_revoked`, as a rejection
 * @throws VerificationUnavailableError if the check fails or gives no answer, as a rejection
 */
export function refuseIfRevoked(
  isRevoked: RevocationCheck,
  { issued, header }: RevocableToken,
  use: TokenUse,
): Promise<void> | undefined {
  try {
    const answer = isRevoked(issued, header, Object.freeze(use))
    if (answer === false) return undefined
    return isThenable(answer) ? awaited(answer) : rejection(answer)
  } catch (cause) {
    return Promise.reject(unavailable(cause))
  }
}

async function awaited(pending: PromiseLike<boolean>): Promise<void> {
  const answer: unknown = await answerWithin(longestCheck, pending).catch((cause: unknown) => {
    throw unavailable(cause)
  })
  if (answer !== false) await rejection(answer)
}

function rejection(answer: unknown): Promise<never> {
  if (answer === true) return Promise.reject(new TokenError('token_revoked'))
  return Promise.reject(unavailable(new TypeError('isRevoked must answer true or false')))
}

function unavailable(cause: unknown): VerificationUnavailableError {
  return new VerificationUnavailableError('whether the token is revoked could not be determined', { cause })
}

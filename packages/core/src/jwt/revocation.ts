import { answerWithin, isThenable } from '../callback.ts'
import { type Reader, refuse } from '../configuration/options.ts'
import { TokenError, VerificationUnavailableError } from '../errors.ts'
import type { HttpRequest } from '../http-message.ts'
import type { AccessTokenClaims, TokenHeader } from './jws/compact-jws.ts'

/** One use of a token. Frozen. */
export interface TokenUse {
  readonly token: string
  /** The request with the token. Undefined if `TokenVerifier.verify` was called without one. */
  readonly request: HttpRequest | undefined
}

/**
 * Tells whether an otherwise valid token has been revoked. Called on every use of the token. Must return `true` or
 * `false`, or a promise of one of them that settles within five seconds. Anything else, and any failure, is a 503. If
 * the check returns no promise, the request stays synchronous.
 */
export type RevocationCheck = (
  claims: Readonly<AccessTokenClaims>,
  header: TokenHeader,
  use: TokenUse,
) => boolean | PromiseLike<boolean>

/** Knows which tokens are revoked. {@link Revocations} does. */
export interface RevocationSource {
  /** Like a {@link RevocationCheck}, which may return a promise or throw. */
  isRevoked(claims: Readonly<AccessTokenClaims>): boolean | PromiseLike<boolean>
}

/** Reads the option `isRevoked`. */
export const revocationCheck: Reader<RevocationCheck> = (value, option) => {
  if (typeof value === 'function') return value as RevocationCheck
  const { isRevoked } = Object(value) as Partial<RevocationSource>
  if (typeof isRevoked !== 'function')
    throw refuse(option, 'must be a function, or an object with a method isRevoked()')
  const tokens = value as RevocationSource
  return (claims) => tokens.isRevoked(claims)
}

/** The parts of a verification that are passed to the revocation check. */
export interface RevocableToken {
  readonly issued: Readonly<AccessTokenClaims>
  readonly header: TokenHeader
}

/** In milliseconds. */
const longestCheck = 5000

/**
 * Returns undefined if the check answers `false` synchronously, and otherwise a promise that rejects a revoked token.
 *
 * @throws TokenError `token_revoked`, as a rejection
 * @throws VerificationUnavailableError if the check fails or does not answer, as a rejection
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
  return Promise.reject(unavailable(new TypeError('isRevoked must return true or false, or a promise of one of them')))
}

function unavailable(cause: unknown): VerificationUnavailableError {
  return new VerificationUnavailableError('the revocation check failed', { cause })
}

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
  /**
   * Like a {@link RevocationCheck}, which may return a promise or throw.
   *
   * @param now the time of the system clock in milliseconds, if the caller has just read it: reading a clock takes time
   */
  isRevoked(claims: Readonly<AccessTokenClaims>, now?: number): boolean | PromiseLike<boolean>
  /**
   * Returns a number that changes whenever a token may have been revoked: until then, a verifier uses the answer `false` for
   * a token that it remembers. Undefined if the source cannot tell at the moment. Optional: without it, `isRevoked` is called
   * on every use of a token.
   *
   * @param now as above
   */
  revision?(now?: number): number | undefined
}

/** The option `isRevoked`, as a verifier asks it. */
export interface RevocationInquiry {
  ask(token: RevocableToken, use: TokenUse, now: number | undefined): boolean | PromiseLike<boolean>
  /** See {@link RevocationSource.revision}. */
  revision(now: number | undefined): number | undefined
}

/** Reads the option `isRevoked`. */
export const revocationCheck: Reader<RevocationInquiry> = (value, option) => {
  if (typeof value === 'function') return inquiryOf(value as RevocationCheck)
  const source = Object(value) as Partial<RevocationSource>
  if (typeof source.isRevoked !== 'function')
    throw refuse(option, 'must be a function, or an object with a method isRevoked()')
  return {
    ask: ({ issued }, _use, now) => (source as RevocationSource).isRevoked(issued, now),
    revision: (now) => source.revision?.(now),
  }
}

function inquiryOf(isRevoked: RevocationCheck): RevocationInquiry {
  return {
    ask: ({ issued, header }, use) => isRevoked(issued, header, Object.freeze(use)),
    revision: () => undefined,
  }
}

/** The parts of a verification that are passed to the revocation check. */
export interface RevocableToken {
  readonly issued: Readonly<AccessTokenClaims>
  readonly header: TokenHeader
  /** The revision of the source by which the token was not revoked, if there is one. */
  clearedBy: number | undefined
}

/** In milliseconds. */
const longestCheck = 5000

/**
 * Returns undefined if the check answers `false` synchronously, and otherwise a promise that rejects a revoked token.
 *
 * @param now the time of the system clock, if it was just read
 * @throws TokenError `token_revoked`, as a rejection
 * @throws VerificationUnavailableError if the check fails or does not answer, as a rejection
 */
export function refuseIfRevoked(
  inquiry: RevocationInquiry,
  token: RevocableToken,
  use: TokenUse,
  now: number | undefined,
): Promise<void> | undefined {
  try {
    const revision = inquiry.revision(now)
    const answer = inquiry.ask(token, use, now)
    if (answer !== false) return isThenable(answer) ? awaited(answer) : rejection(answer)
    token.clearedBy = revision
    return undefined
  } catch (cause) {
    return Promise.reject(unavailable(cause))
  }
}

/**
 * Returns true if the source has answered `false` for this token, and nothing was revoked since. Called on every use of a
 * token, so it creates nothing.
 *
 * @param now the time of the system clock, if it was just read
 */
export function isStillCleared(inquiry: RevocationInquiry, token: RevocableToken, now: number | undefined): boolean {
  if (token.clearedBy === undefined) return false
  try {
    return inquiry.revision(now) === token.clearedBy
  } catch {
    // The check that follows fails too, and tells why.
    return false
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
  return new VerificationUnavailableError('the revocation check failed', { cause, option: 'isRevoked' })
}

import { answerWithin } from '../../callback.ts'
import { VerificationUnavailableError } from '../../errors.ts'
import type { TokensToRevoke } from '../../revocation/tokens-to-revoke.ts'

/** Revokes tokens on all instances of a service, as `Revocations` does. */
export interface TokenRevoker {
  /** Resolves after the revocation was stored. */
  revoke(tokens: TokensToRevoke): Promise<unknown>
}

/** In milliseconds. For revokers without a deadline. */
const longestRevocation = 10_000

/** @throws VerificationUnavailableError if the revoker does not settle in time, as a rejection; or what it rejects with */
export async function revokeWith(revoker: TokenRevoker, tokens: TokensToRevoke): Promise<void> {
  await answerWithin(longestRevocation, revoker.revoke(tokens), () => {
    return new VerificationUnavailableError('the revocation was not stored within 10 seconds')
  })
}

/** The last moment that a Date can have, in milliseconds. */
const endOfTime = 8.64e15

/** @param seconds a NumericDate, which may be later than any Date */
export function dateOf(seconds: number): Date {
  return new Date(Math.min(seconds * 1000, endOfTime))
}

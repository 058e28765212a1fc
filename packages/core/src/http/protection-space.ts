import type { Continuation } from './continuation.ts'
import type { ChallengeContext, RequestRefusedError } from './refusal.ts'

/** The protection space of one `verifyJwt` (RFC 9110 §11.5): how its requests are refused, by itself and by guards. */
export class ProtectionSpace {
  readonly challenge: ChallengeContext
  readonly #responds: boolean

  /** @param responds whether the middleware sends the answer itself; else the framework gets an error */
  constructor(challenge: ChallengeContext, responds: boolean) {
    this.challenge = Object.freeze(challenge)
    this.#responds = responds
  }

  refuse(refusal: RequestRefusedError, continuation: Pick<Continuation, 'refuse' | 'answer'>): void {
    if (!this.#responds || continuation.answer === undefined) return continuation.refuse(refusal)
    continuation.answer(refusal.toResponse(), refusal)
  }
}

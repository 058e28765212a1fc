import type { Continuation } from '../outcome/continuation.ts'
import type { ChallengeContext, RequestRefusedError } from './refusal.ts'

/** The protection space of one `verifyJwt` (RFC 9110 §11.5): how its requests are refused, by itself and by guards. */
export class ProtectionSpace {
  /** For a request whose scheme is not clear. */
  readonly challenge: ChallengeContext
  readonly #responds: boolean
  readonly #byScheme: ReadonlyMap<string, ChallengeContext>

  /** @param responds whether the middleware sends the answer itself; else the framework gets an error */
  constructor(challenge: ChallengeContext, responds: boolean) {
    this.challenge = Object.freeze(challenge)
    this.#responds = responds
    this.#byScheme = new Map(
      (challenge.schemes ?? []).map((used) => [used.name, Object.freeze({ ...challenge, used })]),
    )
  }

  /** For a request that used this scheme. */
  challengeFor(schemeName: string): ChallengeContext {
    return this.#byScheme.get(schemeName) ?? this.challenge
  }

  refuse(refusal: RequestRefusedError, continuation: Pick<Continuation, 'refuse' | 'answer'>): void {
    if (!this.#responds || continuation.answer === undefined) return continuation.refuse(refusal)
    continuation.answer(refusal.toResponse(), refusal)
  }
}

import type { SharedSettings } from '../../jwt/verifier-options.ts'
import type { AuthenticationScheme } from '../credentials/scheme.ts'
import type { Continuation } from '../outcome/continuation.ts'
import type { ChallengeContext, RequestRefusedError } from './refusal.ts'

/** The protection space of one `verifyJwt` (RFC 9110 §11.5). `verifyJwt` and the guards refuse requests through it. */
export class ProtectionSpace {
  /** For a request whose scheme is unknown. */
  readonly challenge: ChallengeContext
  readonly #responds: boolean
  readonly #byScheme: ReadonlyMap<string, ChallengeContext>

  /** @param responds true if the middleware sends the answer itself, false if the framework gets an error */
  constructor(challenge: ChallengeContext, responds: boolean) {
    this.challenge = Object.freeze(challenge)
    this.#responds = responds
    this.#byScheme = new Map(
      (challenge.schemes ?? []).map((used) => [used.name, Object.freeze({ ...challenge, used })]),
    )
  }

  /** Returns the context for a request that used this scheme. */
  challengeFor(schemeName: string): ChallengeContext {
    return this.#byScheme.get(schemeName) ?? this.challenge
  }

  refuse(refusal: RequestRefusedError, continuation: Pick<Continuation, 'refuse' | 'answer'>): void {
    if (!this.#responds || continuation.answer === undefined) return continuation.refuse(refusal)
    continuation.answer(refusal.toResponse(), refusal)
  }
}

type SpaceSettings = Pick<SharedSettings, 'realm' | 'challengeScopes' | 'resourceMetadataUrl' | 'respond'>

/** Creates the protection space that the options of `verifyJwt` describe. Only schemes in which a token can pass are offered. */
export function protectionSpaceOf(
  { realm, challengeScopes, resourceMetadataUrl: resourceMetadata, respond }: SpaceSettings,
  schemes: readonly AuthenticationScheme[],
): ProtectionSpace {
  const offered = schemes.filter(({ isOffered }) => isOffered)
  return new ProtectionSpace({ schemes: offered, realm, scope: challengeScopes?.join(' '), resourceMetadata }, respond)
}

import type { SharedSettings } from '../../jwt/verifier-options.ts'
import type { AuthenticationScheme } from '../credentials/scheme.ts'
import type { ScopeInclusion } from '../../jwt/claims/scopes.ts'
import type { Continuation } from '../outcome/continuation.ts'
import type { ChallengeContext, RequestRefusedError } from './refusal.ts'
import { scopeParameter } from './scope-parameter.ts'

/** The protection space of one `verifyJwt` (RFC 9110 §11.5). `verifyJwt` and the guards refuse requests through it. */
export class ProtectionSpace {
  /** For a request whose scheme is unknown. */
  readonly challenge: ChallengeContext
  /** The name of the adapter. */
  readonly framework: string | undefined
  readonly #responds: boolean
  readonly #satisfies: ScopeInclusion | undefined
  readonly #byScheme: ReadonlyMap<string, ChallengeContext>

  /**
   * @param responds true if the middleware sends the answer itself, false if the framework gets an error
   * @param satisfies tells whether a granted scope includes a required one. Default: only an equal one
   */
  constructor(challenge: ChallengeContext, responds: boolean, satisfies?: ScopeInclusion, framework?: string) {
    this.challenge = Object.freeze(challenge)
    this.framework = framework
    this.#responds = responds
    this.#satisfies = satisfies
    this.#byScheme = new Map(
      (challenge.schemes ?? []).map((used) => [used.name, Object.freeze({ ...challenge, used })]),
    )
  }

  /** Returns the context for a request that used this scheme. */
  challengeFor(schemeName: string): ChallengeContext {
    return this.#byScheme.get(schemeName) ?? this.challenge
  }

  /** Returns true if one of the granted scopes is the required one, or includes it. */
  grants(granted: readonly string[], required: string): boolean {
    if (granted.includes(required)) return true
    const satisfies = this.#satisfies as ((granted: string, required: string) => unknown) | undefined
    // Require `true` exactly: untyped functions may return other truthy values, such as a promise.
    return satisfies !== undefined && granted.some((scope) => satisfies(scope, required) === true)
  }

  refuse(refusal: RequestRefusedError, continuation: Pick<Continuation, 'refuse' | 'answer'>): void {
    if (!this.#responds || continuation.answer === undefined) return continuation.refuse(refusal)
    continuation.answer(refusal.toResponse(), refusal)
  }
}

type SpaceSettings = Pick<SharedSettings, 'realm' | 'challengeScopes' | 'resourceMetadataUrl' | 'respond' | 'satisfies'>

/** Creates the protection space that the options of `verifyJwt` describe. Only schemes in which a token can pass are offered. */
export function protectionSpaceOf(
  { realm, challengeScopes, resourceMetadataUrl: resourceMetadata, respond, satisfies }: SpaceSettings,
  schemes: readonly AuthenticationScheme[],
  framework?: string,
): ProtectionSpace {
  const offered = schemes.filter(({ isOffered }) => isOffered)
  const scope = challengeScopes && scopeParameter(challengeScopes)
  return new ProtectionSpace({ schemes: offered, realm, scope, resourceMetadata }, respond, satisfies, framework)
}

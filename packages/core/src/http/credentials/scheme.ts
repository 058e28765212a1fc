import type { AccessTokenClaims } from '../../jwt/jws/compact-jws.ts'
import { type Presentation, withoutProof } from '../../jwt/presentation.ts'
import type { ChallengeParameters } from '../refusals/challenge.ts'
import type { HttpRequest } from '../../http-message.ts'

/**
 * A scheme (RFC 9110 §11.1) by which a request presents an access token, alone or with a proof beside it. A second scheme
 * is one more object of this type: see "A second scheme" in ARCHITECTURE.md.
 */
export interface AuthenticationScheme extends Presentation {
  /** As challenges spell it; requests may use any case. */
  readonly name: string
  /** Parameters of its challenges, beside those that every scheme has. */
  readonly challengeParameters: ChallengeParameters
  /**
   * Checks the request for what must stand beside the token. Called at every use of a token, after everything else.
   *
   * @returns the proof for the auth context
   * @throws ProofError if the proof is at fault
   */
  prove?(use: PresentedToken): object | Promise<object>
}

/** A token that holds, in the request that presents it. */
export interface PresentedToken {
  readonly request: HttpRequest
  readonly token: string
  readonly issued: Readonly<AccessTokenClaims>
}

/** RFC 6750. */
export const bearer: AuthenticationScheme = { ...withoutProof, challengeParameters: {} }

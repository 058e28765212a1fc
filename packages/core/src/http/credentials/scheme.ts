import type { AccessTokenClaims } from '../../jwt/jws/compact-jws.ts'
import { type Presentation, withoutProof } from '../../jwt/presentation.ts'
import type { ChallengeParameters } from '../refusals/challenge.ts'
import type { HttpRequest } from '../../http-message.ts'

/**
 * An authentication scheme (RFC 9110 §11.1) that presents an access token, alone or with a proof of possession. A second
 * scheme is one more object of this type: see "A second scheme" in ARCHITECTURE.md.
 */
export interface AuthenticationScheme extends Presentation {
  /** The spelling in challenges. Requests may use any case. */
  readonly name: string
  /** Challenge parameters in addition to those that every scheme has. */
  readonly challengeParameters: ChallengeParameters
  /**
   * Verifies the proof in the request. Called each time a token is used, after all other checks.
   *
   * @returns the proof for the auth context
   * @throws ProofError if the proof is invalid
   */
  prove?(use: PresentedToken): object | Promise<object>
}

/** A verified token, and the request that presents it. */
export interface PresentedToken {
  readonly request: HttpRequest
  readonly token: string
  readonly issued: Readonly<AccessTokenClaims>
}

/** RFC 6750. */
export const bearer: AuthenticationScheme = { ...withoutProof, challengeParameters: {} }

import type { TrustedIssuer } from './issuers/trusted-issuer.ts'
import type { AccessTokenClaims, TokenHeader } from './jws/compact-jws.ts'

/** Shows that the claims of a token are authentic. */
export interface Evidence {
  /**
   * True if the claims still count as authentic.
   *
   * @param now the time of the system clock, if it was just read
   * @throws Error if a key provider of the application throws
   */
  holds(now?: number): boolean
}

/** A token whose claims are authentic and satisfy the rules of its issuer. */
export interface AuthenticToken {
  readonly header: TokenHeader
  readonly issuer: TrustedIssuer
  /** The claims as issued. Frozen. */
  readonly issued: Readonly<AccessTokenClaims>
  readonly evidence: Evidence
  /**
   * Repeats the checks whose result may have changed during a wait. Returns a promise if the keys must be fetched for it.
   *
   * @throws TokenError
   * @throws KeySourceUnavailableError or another error of the provider if the keys are too old by now, and there are no others
   */
  readonly checkAgain: () => void | Promise<void>
}

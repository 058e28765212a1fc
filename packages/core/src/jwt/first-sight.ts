import { continued } from '../callback.ts'
import { TokenError } from '../errors.ts'
import type { AuthenticToken, Evidence } from './authentic-token.ts'
import type { Validity } from './claims/claims.ts'
import { type ValidatedClaims, validateClaims } from './claims/claims-schema.ts'
import { scopesOf } from './claims/scopes.ts'
import type { IssuerDirectory } from './issuers/issuer-directory.ts'
import type { TrustedIssuer } from './issuers/trusted-issuer.ts'
import type { AccessTokenClaims, TokenHeader } from './jws/compact-jws.ts'
import { OpaqueTokens } from './opaque-tokens.ts'
import type { Presentation } from './binding/presentation.ts'
import { SignedTokens } from './signed-tokens.ts'
import type { SharedSettings } from './verifier-options.ts'

/** The result of a verification without the token itself, and the issuer, evidence and times that it depends on. */
export interface Verification<Claims> extends ValidatedClaims<Claims> {
  readonly header: TokenHeader
  readonly scopes: readonly string[]
  /** The claims as issued, before a schema transforms them. */
  readonly issued: Readonly<AccessTokenClaims>
  readonly issuer: TrustedIssuer
  readonly evidence: Evidence
  readonly validity: Validity
  /** See {@link RevocableToken.clearedBy}. */
  clearedBy: number | undefined
}

/** Verifies a token that is not in the cache. */
export class FirstSight<Claims> {
  readonly #settings: SharedSettings
  readonly #signed: SignedTokens
  readonly #opaque: OpaqueTokens

  /** @throws ConfigurationError naming the option */
  constructor(settings: SharedSettings, issuers: IssuerDirectory, owner: string) {
    this.#settings = settings
    this.#signed = new SignedTokens(settings, issuers)
    this.#opaque = new OpaqueTokens(settings, issuers, owner)
  }

  /**
   * Verifies a token. Its claims are first shown to be authentic. What follows is the same for every kind of token. Returns no
   * promise if nothing has to be awaited.
   *
   * @throws TokenError if the token is invalid
   * @throws KeySourceUnavailableError if the keys are unavailable
   * @throws IntrospectionUnavailableError if the issuer does not answer about the token
   * @throws VerificationUnavailableError if `resolveIssuer` or the schema fails
   */
  verify(token: string, presentation: Presentation): Verification<Claims> | Promise<Verification<Claims>> {
    const tokens = this.#opaque.take(token) ? this.#opaque : this.#signed
    return continued(tokens.authenticate(token), (authentic) => this.#complete(authentic, presentation))
  }

  /** True if the issuer is asked about the token. */
  isOpaque(token: string): boolean {
    return this.#opaque.take(token)
  }

  #complete(
    authentic: AuthenticToken,
    presentation: Presentation,
  ): Verification<Claims> | Promise<Verification<Claims>> {
    const { header, issuer, issued, evidence } = authentic
    presentation.checkBinding(issued)
    const scopes = scopesOf(issued, this.#settings.scopeClaim)
    return continued(this.#validated(issued), ({ claims, isShareable }) => {
      return continued(checkAgain(authentic), () => {
        const validity = issuer.validityOf(issued)
        return { header, claims, isShareable, scopes, issued, issuer, evidence, validity, clearedBy: undefined }
      })
    })
  }

  #validated(issued: Readonly<AccessTokenClaims>): ValidatedClaims<Claims> | Promise<ValidatedClaims<Claims>> {
    const { claims: schema } = this.#settings
    return schema === undefined ? { claims: issued as Claims, isShareable: true } : validateClaims(schema, issued)
  }
}

/** After the waits, the evidence or the trust in the issuer may have been withdrawn, or the token has expired. */
function checkAgain({ issuer, checkAgain: checkToken }: AuthenticToken): void | Promise<void> {
  if (issuer.isWithdrawn) throw new TokenError('issuer_mismatch')
  return checkToken()
}

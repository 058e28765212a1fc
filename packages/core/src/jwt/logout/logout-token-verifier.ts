import type { Clock } from '../../clock.ts'
import { secondsOf } from '../../clock.ts'
import { TokenError } from '../../errors.ts'
import type { IssuerOptions } from '../issuers/issuer-options.ts'
import { TrustedIssuer } from '../issuers/trusted-issuer.ts'
import { CompactJws, type JwtHeader } from '../jws/compact-jws.ts'
import { checkHeader } from '../jws/header.ts'
import { isTrusted, keysFor, signerOf } from '../jws/token-signer.ts'
import { checkLogoutClaims, type LogoutTokenClaims, requiredLogoutClaims } from './logout-token.ts'

export interface LogoutTokenRules {
  /** The rules for the issuer. Its audience is the client. */
  readonly issuer: IssuerOptions
  readonly acceptsUntyped: boolean
  readonly clock: Clock
}

/** A logout token that was verified. */
export interface VerifiedLogoutToken {
  readonly claims: Readonly<LogoutTokenClaims>
  /** Until when the token is accepted, in seconds since the epoch. */
  readonly until: number
}

/** OpenID Connect Back-Channel Logout 1.0 §2.4: the type is recommended, so some issuers do not set it. */
const logoutTypes: readonly (string | undefined)[] = ['logout+jwt', 'application/logout+jwt']
const untyped: readonly (string | undefined)[] = [undefined, 'jwt', 'application/jwt']

const longestToken = 16_384

/** Verifies logout tokens: OpenID Connect Back-Channel Logout 1.0 §2.6. */
export class LogoutTokenVerifier {
  readonly #issuer: TrustedIssuer
  readonly #types: readonly (string | undefined)[]
  readonly #clock: Clock

  /** @throws ConfigurationError naming the option */
  constructor({ issuer, acceptsUntyped, clock }: LogoutTokenRules, owner: string) {
    this.#issuer = new TrustedIssuer({ ...issuer, requiredClaims: requiredLogoutClaims }, owner)
    this.#types = acceptsUntyped ? [...logoutTypes, ...untyped] : logoutTypes
    this.#clock = clock
  }

  /**
   * Verifies a token, in the order of the checks for access tokens: nothing is fetched for a token that cannot pass, and no
   * claim is trusted before the signature has been verified.
   *
   * @throws TokenError if the token is invalid
   * @throws KeySourceUnavailableError if the keys are unavailable
   */
  async verify(token: string): Promise<VerifiedLogoutToken> {
    const jws = CompactJws.parse(token, longestToken)
    const header = checkHeader(jws.header)
    this.#checkTypeAndAlgorithm(header)
    const { keys, issuer } = this.#issuer
    if (jws.unverifiedClaims['iss'] !== issuer) throw new TokenError('issuer_mismatch')
    const hint = { alg: header.alg, kid: header.kid, issuer }
    const key = await signerOf(jws.signed, hint, { keys, candidates: await keysFor(keys, hint) })
    if (!isTrusted(keys, key)) throw new TokenError('key_unknown')
    const claims = checkLogoutClaims(this.#issuer.checkClaims(jws.claims, secondsOf(this.#clock)))
    return { claims, until: this.#issuer.validityOf(claims).until }
  }

  #checkTypeAndAlgorithm({ typ, alg }: JwtHeader): void {
    if (!this.#types.includes(typ?.toLowerCase())) throw new TokenError('type_not_accepted')
    if (!this.#issuer.algorithms.has(alg)) throw new TokenError('algorithm_not_accepted')
  }
}

import { secondsOf } from '../clock.ts'
import { untilAborted } from '../deadline.ts'
import { TokenError } from '../errors.ts'
import type { HttpRequest } from '../http-message.ts'
import { validateClaims } from './claims/claims-schema.ts'
import type { AccessTokenClaims, JwtHeader } from './jws/compact-jws.ts'
import { FirstSight, type Verification } from './first-sight.ts'
import { IssuerDirectory } from './issuers/issuer-directory.ts'
import { type Presentation, withoutProof } from './presentation.ts'
import { refuseIfRevoked } from './revocation.ts'
import { isTrusted } from './token-signer.ts'
import type { TrustedIssuer } from './issuers/trusted-issuer.ts'
import { digestOf, VerifiedTokenCache } from './verified-token-cache.ts'
import { readVerifierOptions, type VerifierOptions, type VerifierSettings } from './verifier-options.ts'

/** A token that passed all checks. Header, claims and scopes are frozen, because all who send the token share them. */
export interface VerifiedToken<Claims = AccessTokenClaims> {
  readonly token: string
  readonly header: JwtHeader
  readonly claims: Claims
  readonly scopes: readonly string[]
  /** The claims as the issuer made them, before a schema changed their form. */
  readonly issued: Readonly<AccessTokenClaims>
}

export interface VerifyOptions {
  /** Ends this caller's wait, and nobody else's. */
  readonly signal?: AbortSignal
  /** The request that carries the token, for `isRevoked`. */
  readonly request?: HttpRequest | undefined
}

/**
 * Verifies JWT access tokens.
 *
 * ```ts
 * import { TokenVerifier } from '@bearerkit/core'
 *
 * const verifier = new TokenVerifier({ issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 * const { claims } = await verifier.verify('eyJ…').catch(() => ({ claims: undefined }))
 * ```
 */
export class TokenVerifier<Claims = AccessTokenClaims> {
  readonly settings: VerifierSettings
  readonly #issuers: IssuerDirectory
  readonly #firstSight: FirstSight<Claims>
  readonly #cache: VerifiedTokenCache<Claims> | undefined
  /** Requests that bring the same new token at the same time share one verification. */
  readonly #underWay = new Map<string, Promise<Verification<Claims>>>()

  /** @throws ConfigurationError naming the option, and the variable where there is one */
  constructor(options: VerifierOptions<Claims> = {}, owner = 'TokenVerifier') {
    this.settings = readVerifierOptions(options, owner)
    this.#issuers = new IssuerDirectory(this.settings, owner)
    this.#firstSight = new FirstSight(this.settings, this.#issuers)
    const { cache } = this.settings
    this.#cache = cache === false ? undefined : new VerifiedTokenCache(cache.max)
  }

  /** The issuers that the options name. */
  get issuers(): readonly TrustedIssuer[] {
    return this.#issuers.named
  }

  /**
   * Verifies a token. Rejects if anything is wrong with it or with its keys.
   *
   * @throws TokenError if the token is at fault
   * @throws KeySourceUnavailableError if the keys cannot be had
   * @throws VerificationUnavailableError if `isRevoked`, `resolveIssuer` or the claims schema fails
   */
  verify(token: string, options?: VerifyOptions): Promise<VerifiedToken<Claims>> {
    const verification = this.recallOrVerify(token, withoutProof, options?.request, options?.signal)
    // Not an async function: it would take a twentieth longer for a remembered token.
    return verification instanceof Promise
      ? verification.then((held) => withToken(token, held))
      : Promise.resolve(withToken(token, verification))
  }

  /**
   * The verification of a token, for the HTTP step, which has the token itself. It comes without a promise if nothing
   * must be awaited: for a remembered token that still holds, if `isRevoked` answers without a promise.
   */
  recallOrVerify(
    token: string,
    presentation: Presentation = withoutProof,
    request?: HttpRequest,
    signal?: AbortSignal,
  ): Verification<Claims> | Promise<Verification<Claims>> {
    if (typeof token !== 'string') return Promise.reject(new TokenError('token_malformed'))
    const digest = digestOf(token)
    const known = this.#recall(digest)
    if (known !== undefined) {
      const again = this.#again(known, token, presentation, request)
      return again instanceof Promise ? untilAborted(again, signal) : again
    }
    const verified = this.#verified(token, digest, presentation)
    const { isRevoked, claims: schema } = this.settings
    const isReady = isRevoked === undefined && schema === undefined
    const usable = isReady ? verified : verified.then((held) => this.#forUse(held, token, presentation, request))
    return untilAborted(usable, signal)
  }

  /**
   * Ends the trust in an issuer that `resolveIssuer` has answered for, at once and for remembered tokens too. The next
   * token that names it asks again. Issuers that the options name are not affected.
   */
  forgetIssuer(iss: string): void {
    this.#issuers.forget(iss)
  }

  /** Ends the fetches that are under way for keys of the verifier's own. */
  close(): void {
    this.#issuers.close()
  }

  /** The remembered verification, if it still holds. If not, the token is forgotten. */
  #recall(digest: string): Verification<Claims> | undefined {
    const known = this.#cache?.recall(digest)
    if (known === undefined || this.#stillHolds(known)) return known
    this.#cache?.forget(digest)
    return undefined
  }

  /** What can change since a verification: the time, the trust in the issuer, and the trust in the key. */
  #stillHolds({ validity: { since, until }, issuer, key }: Verification<Claims>): boolean {
    const now = secondsOf(this.settings.clock)
    if (now < since || now >= until || !this.#issuers.holds(issuer)) return false
    try {
      return isTrusted(issuer.keys, key)
    } catch {
      // The provider failed to answer. The token is verified anew, and what the provider says then counts.
      return false
    }
  }

  /** A remembered token may have been verified in another presentation. */
  #again(
    known: Verification<Claims>,
    token: string,
    presentation: Presentation,
    request: HttpRequest | undefined,
  ): Verification<Claims> | Promise<Verification<Claims>> {
    try {
      presentation.checkBinding(known.issued)
    } catch (fault) {
      return Promise.reject(fault)
    }
    return this.#forUse(known, token, presentation, request)
  }

  #verified(token: string, digest: string, presentation: Presentation): Promise<Verification<Claims>> {
    // A bound token that is refused in one presentation may pass in another.
    const name = presentation === withoutProof ? digest : `${presentation.name} ${digest}`
    const underWay = this.#underWay.get(name)
    if (underWay === undefined) return this.#begin(token, { name, digest }, presentation)
    // The other request came earlier: its verification may rest on a key that has been destroyed since.
    return underWay.then((earlier) => {
      return this.#stillHolds(earlier) ? earlier : this.#firstSight.verify(token, presentation)
    })
  }

  #begin(
    token: string,
    { name, digest }: { readonly name: string; readonly digest: string },
    presentation: Presentation,
  ): Promise<Verification<Claims>> {
    const verification = this.#firstSight.verify(token, presentation)
    this.#underWay.set(name, verification)
    const ended = (): boolean => this.#underWay.delete(name)
    const held = (outcome: Verification<Claims>): boolean => {
      this.#cache?.remember(digest, outcome)
      return ended()
    }
    verification.then(held, ended)
    return verification
  }

  /** Does what each use of a token needs anew: the revocation check, and claims that cannot be shared. */
  #forUse(
    verification: Verification<Claims>,
    token: string,
    presentation: Presentation,
    request: HttpRequest | undefined,
  ): Verification<Claims> | Promise<Verification<Claims>> {
    const { isRevoked } = this.settings
    const revocation = isRevoked && refuseIfRevoked(isRevoked, verification, { token, request })
    if (revocation === undefined && verification.isShareable) return verification
    return this.#afterWaiting(verification, revocation, () => this.#firstSight.verify(token, presentation))
  }

  async #afterWaiting(
    verification: Verification<Claims>,
    revocation: Promise<void> | undefined,
    verifyAnew: () => Promise<Verification<Claims>>,
  ): Promise<Verification<Claims>> {
    await revocation
    const own = await this.#ownClaims(verification)
    return this.#stillHolds(own) ? own : verifyAnew()
  }

  async #ownClaims(verification: Verification<Claims>): Promise<Verification<Claims>> {
    const { claims: schema } = this.settings
    if (verification.isShareable || schema === undefined) return verification
    const { claims } = await validateClaims<Claims>(schema, verification.issued)
    return { ...verification, claims }
  }
}

/** Copied field by field to hide `issuer` and `key`; also faster than a spread. */
function withToken<Claims>(
  token: string,
  { header, claims, scopes, issued }: Verification<Claims>,
): VerifiedToken<Claims> {
  return { token, header, claims, scopes, issued }
}

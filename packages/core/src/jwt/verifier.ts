import { systemClock } from '../clock.ts'
import { continued } from '../callback.ts'
import { untilAborted } from '../deadline.ts'
import { TokenError } from '../errors.ts'
import type { HttpRequest } from '../http-message.ts'
import { validateClaims } from './claims/claims-schema.ts'
import type { AccessTokenClaims, TokenHeader } from './jws/compact-jws.ts'
import { FirstSight, type Verification } from './first-sight.ts'
import { IssuerDirectory } from './issuers/issuer-directory.ts'
import { NewTokens } from './new-tokens.ts'
import { type Presentation, withoutProof } from './binding/presentation.ts'
import { isStillCleared, refuseIfRevoked } from './revocation.ts'
import type { TrustedIssuer } from './issuers/trusted-issuer.ts'
import { digestOf, VerifiedTokenCache } from './verified-token-cache.ts'
import { readVerifierOptions, type SharedSettings, type VerifierOptions } from './verifier-options.ts'

/** A verified token. Header, claims and scopes are frozen, because all requests with the token share them. */
export interface VerifiedToken<Claims = AccessTokenClaims> {
  readonly token: string
  readonly header: TokenHeader
  /** The verified claims, or the output of the schema in the option `claims`. */
  readonly claims: Claims
  /** The granted scopes: from the claims `scope` or `scp`, or from the one that the option `scopeClaim` names. */
  readonly scopes: readonly string[]
  /** The claims as issued, before a schema transforms them. */
  readonly issued: Readonly<AccessTokenClaims>
}

/** The options of `TokenVerifier.verify`. */
export interface VerifyOptions {
  /** Ends the wait of this caller only. Other callers with the same token keep waiting. */
  readonly signal?: AbortSignal
  /** The request with the token, passed to `isRevoked`. */
  readonly request?: HttpRequest | undefined
}

/** Verifies access tokens. Applications use {@link TokenVerifier}, which also explains why it refuses one. */
export class Verifier<Claims = AccessTokenClaims> {
  /** Without the options of issuers, which may contain credentials. */
  readonly settings: SharedSettings
  readonly #issuers: IssuerDirectory
  readonly #firstSight: FirstSight<Claims>
  readonly #newTokens: NewTokens<Claims>
  readonly #cache: VerifiedTokenCache<Claims> | undefined
  readonly #withoutProof: Presentation

  /** @throws ConfigurationError naming the option, and the variable where there is one */
  constructor(options: VerifierOptions<Claims> = {}, owner = 'TokenVerifier') {
    const { issuers, ...settings } = readVerifierOptions(options, owner)
    const { introspection: _, ...shared } = settings.shared
    this.settings = Object.freeze({ ...settings, shared })
    this.#issuers = new IssuerDirectory({ ...this.settings, issuers }, owner)
    this.#firstSight = new FirstSight(this.settings, this.#issuers, owner)
    this.#newTokens = new NewTokens(this.#firstSight, (verification) => this.#stillHolds(verification))
    this.#withoutProof = withoutProof(this.settings)
    const { cache } = this.settings
    this.#cache = cache === false ? undefined : new VerifiedTokenCache(cache.max)
  }

  /** The issuers named in the options. */
  get issuers(): readonly TrustedIssuer[] {
    return this.#issuers.named
  }

  /**
   * Verifies a token.
   *
   * @throws TokenError if the token is invalid
   * @throws KeySourceUnavailableError if the keys are unavailable
   * @throws IntrospectionUnavailableError if the issuer does not answer about an opaque token
   * @throws VerificationUnavailableError if `isRevoked`, `resolveIssuer` or the claims schema fails
   */
  verify(token: string, options?: VerifyOptions): Promise<VerifiedToken<Claims>> {
    const verification = this.recallOrVerify(token, this.#withoutProof, options?.request, options?.signal)
    // Not an async function, which would make a cached token about 5% slower.
    return verification instanceof Promise
      ? verification.then((held) => withToken(token, held))
      : Promise.resolve(withToken(token, verification))
  }

  /**
   * Verifies a token and returns the result without the token itself, for the HTTP step. Returns no promise if nothing has to
   * be awaited: the token is cached, or its key is known and its signature is checked on the main thread.
   */
  recallOrVerify(
    token: string,
    presentation: Presentation = this.#withoutProof,
    request?: HttpRequest,
    signal?: AbortSignal,
  ): Verification<Claims> | Promise<Verification<Claims>> {
    if (typeof token !== 'string') return Promise.reject(new TokenError('token_malformed'))
    const digest = digestOf(token)
    const known = this.#cache?.recall(digest)
    if (known !== undefined) {
      const now = this.settings.clock.now()
      if (this.#stillHolds(known, now)) {
        const again = this.#again(known, token, presentation, request, now)
        return again instanceof Promise ? untilAborted(again, signal) : again
      }
      this.#cache?.forget(digest)
    }
    const usable = this.#firstUse(token, digest, presentation, request)
    return usable instanceof Promise ? untilAborted(usable, signal) : usable
  }

  /** A method of its own, because a closure in the method above would cost time also if the token is remembered. */
  #firstUse(
    token: string,
    digest: string,
    presentation: Presentation,
    request: HttpRequest | undefined,
  ): Verification<Claims> | Promise<Verification<Claims>> {
    return continued(this.#newTokens.verify(token, digest, presentation), (held) => {
      this.#cache?.remember(digest, held)
      return this.#forUse(held, token, presentation, request)
    })
  }

  /** Returns true if the token is in the cache and still holds. */
  remembers(token: string): boolean {
    const known = this.#cache?.recall(digestOf(token))
    return known !== undefined && this.#stillHolds(known)
  }

  /**
   * Immediately ends the trust in an issuer from `resolveIssuer`, also for cached tokens. The next token with this
   * `iss` calls `resolveIssuer` again. Issuers named in the options are not affected.
   */
  forgetIssuer(iss: string): void {
    this.#issuers.forget(iss)
  }

  /** Aborts the key fetches in progress. Does not affect key providers given as `keys`. */
  close(): void {
    this.#issuers.close()
  }

  /**
   * Verifies a token as if it had never been seen, and does not remember it. Explanations use this, so that they say what
   * holds at this moment.
   */
  protected async verifyAnew(
    token: string,
    presentation: Presentation,
    request: HttpRequest,
  ): Promise<Verification<Claims>> {
    return this.#forUse(await this.#firstSight.verify(token, presentation), token, presentation, request)
  }

  /** True if the issuer is asked about the token, because it is not a JWS. */
  protected isOpaque(token: string): boolean {
    return this.#firstSight.isOpaque(token)
  }

  /** Returns the trusted issuer with this `iss`, which need not be verified, without asking `resolveIssuer` about it. */
  protected knownIssuer(iss: unknown): TrustedIssuer | undefined {
    return this.#issuers.known(iss)
  }

  /** Checks everything that can change after a verification: the time, the trust in the issuer, and the evidence. */
  #stillHolds(
    { validity: { since, until }, issuer, evidence }: Verification<Claims>,
    now: number = this.settings.clock.now(),
  ): boolean {
    if (now / 1000 < since || now / 1000 >= until || !this.#issuers.holds(issuer)) return false
    try {
      return evidence.holds(this.#bySystemClock(now))
    } catch {
      // The provider threw. The token is verified again, which reports the error if the provider still fails.
      return false
    }
  }

  /** Checks the binding again, because the cached token may have been verified in another presentation. */
  #again(
    known: Verification<Claims>,
    token: string,
    presentation: Presentation,
    request: HttpRequest | undefined,
    now: number,
  ): Verification<Claims> | Promise<Verification<Claims>> {
    try {
      presentation.checkBinding(known.issued)
    } catch (fault) {
      return Promise.reject(fault)
    }
    return this.#forUse(known, token, presentation, request, now)
  }

  /** Others may have a clock of their own, so they are told the time only if it is that of the system. */
  #bySystemClock(now: number | undefined): number | undefined {
    return this.settings.clock === systemClock ? now : undefined
  }

  /** Runs the steps of every use of a token: the revocation check, and the schema if its output cannot be shared. */
  #forUse(
    verification: Verification<Claims>,
    token: string,
    presentation: Presentation,
    request: HttpRequest | undefined,
    now?: number,
  ): Verification<Claims> | Promise<Verification<Claims>> {
    const { isRevoked } = this.settings
    const time = this.#bySystemClock(now)
    const mustAsk = isRevoked !== undefined && !isStillCleared(isRevoked, verification, time)
    const revocation = mustAsk ? refuseIfRevoked(isRevoked, verification, { token, request }, time) : undefined
    if (revocation === undefined && verification.isShareable) return verification
    return this.#afterWaiting(verification, revocation, () => this.#firstSight.verify(token, presentation))
  }

  async #afterWaiting(
    verification: Verification<Claims>,
    revocation: Promise<void> | undefined,
    verifyAnew: () => Verification<Claims> | Promise<Verification<Claims>>,
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

/** Copied field by field to hide `issuer` and `evidence`; also faster than a spread. */
function withToken<Claims>(
  token: string,
  { header, claims, scopes, issued }: Verification<Claims>,
): VerifiedToken<Claims> {
  return { token, header, claims, scopes, issued }
}

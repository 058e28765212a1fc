import { secondsOf } from '../clock.ts'
import { TokenError, VerificationUnavailableError } from '../errors.ts'
import type { VerificationKey, VerificationKeys } from '../keys/key-roles.ts'
import type { Validity } from './claims/claims.ts'
import { type ValidatedClaims, validateClaims } from './claims/claims-schema.ts'
import { type AccessTokenClaims, CompactJws, type JwtHeader } from './jws/compact-jws.ts'
import { checkHeader, checkTypeAndAlgorithm } from './jws/header.ts'
import type { IssuerDirectory } from './issuers/issuer-directory.ts'
import type { Presentation } from './presentation.ts'
import { scopesOf } from './claims/scopes.ts'
import { isTrusted, keysFor, signerOf } from './token-signer.ts'
import type { TrustedIssuer } from './issuers/trusted-issuer.ts'
import type { VerifierSettings } from './verifier-options.ts'

/** The result of a verification without the token itself, and the issuer, key and times that it depends on. */
export interface Verification<Claims> extends ValidatedClaims<Claims> {
  readonly header: JwtHeader
  readonly scopes: readonly string[]
  /** The claims as issued, before a schema transforms them. */
  readonly issued: Readonly<AccessTokenClaims>
  readonly issuer: TrustedIssuer
  readonly key: VerificationKey
  readonly validity: Validity
}

/** Verifies a token that is not in the cache. */
export class FirstSight<Claims> {
  readonly #settings: VerifierSettings
  readonly #issuers: IssuerDirectory

  constructor(settings: VerifierSettings, issuers: IssuerDirectory) {
    this.#settings = settings
    this.#issuers = issuers
  }

  /**
   * Verifies a token. The order of the checks matters: nothing is fetched for a token that cannot pass, unsigned tokens
   * cost little, and no claim is trusted before the signature has been verified.
   *
   * @throws TokenError if the token is invalid
   * @throws KeySourceUnavailableError if the keys are unavailable
   * @throws VerificationUnavailableError if `resolveIssuer` or the schema fails
   */
  async verify(token: string, presentation: Presentation): Promise<Verification<Claims>> {
    const jws = CompactJws.parse(token, this.#settings.maxTokenLength)
    const header = checkHeader(jws.header)
    checkTypeAndAlgorithm(header, this.#issuers.widestRules)
    const found = this.#issuerOf(jws)
    const issuer = found instanceof Promise ? await awaiting(jws, found) : found
    if (issuer === undefined) throw new TokenError('issuer_mismatch')
    checkTypeAndAlgorithm(header, issuer)
    const { keys } = issuer
    // Copied, because a member `issuer` in the header itself would not be trustworthy.
    const hint = { alg: header.alg, kid: header.kid, issuer: issuer.issuer }
    const pending = keysFor(keys, hint)
    const candidates = pending instanceof Promise ? await awaiting(jws, pending) : pending
    const key = await signerOf(jws.signed, hint, { keys, candidates })
    this.#issuers.vouch(issuer)
    // From here on the claims are authentic.
    const issued = issuer.checkClaims(jws.claims, this.#now())
    presentation.checkBinding(issued)
    const scopes = scopesOf(issued, this.#settings.scopeClaim)
    const validated = this.#validated(issued)
    const { claims, isShareable } = validated instanceof Promise ? await validated : validated
    this.#checkAgain(issuer, { keys, key, issued })
    return { header, claims, isShareable, scopes, issued, issuer, key, validity: issuer.validityOf(issued) }
  }

  #issuerOf(jws: CompactJws): TrustedIssuer | undefined | Promise<TrustedIssuer | undefined> {
    return this.#issuers.mayBeNamedIn(jws.payload) ? this.#issuers.find(jws.unverifiedClaims['iss']) : undefined
  }

  #validated(issued: AccessTokenClaims): ValidatedClaims<Claims> | Promise<ValidatedClaims<Claims>> {
    const { claims: schema } = this.#settings
    return schema === undefined ? { claims: issued as Claims, isShareable: true } : validateClaims(schema, issued)
  }

  /** Checks again after the waits: the key or the issuer may have been withdrawn meanwhile, or the token has expired. */
  #checkAgain(
    issuer: TrustedIssuer,
    { keys, key, issued }: { keys: VerificationKeys; key: VerificationKey; issued: AccessTokenClaims },
  ): void {
    if (issuer.isWithdrawn) throw new TokenError('issuer_mismatch')
    if (!stillCounts(keys, key)) throw new TokenError('key_unknown')
    issuer.checkClaims(issued, this.#now())
  }

  #now(): number {
    return secondsOf(this.#settings.clock)
  }
}

/** Frees the parsed claims during a wait, so an unverified token takes no more memory than its text. */
function awaiting<T>(jws: CompactJws, promise: Promise<T>): Promise<T> {
  jws.release()
  return promise
}

/** If the provider throws, its earlier answer counts: it returned the key a moment ago. */
function stillCounts(keys: VerificationKeys, key: VerificationKey): boolean {
  try {
    return isTrusted(keys, key)
  } catch (error) {
    if (error instanceof VerificationUnavailableError) throw error
    return true
  }
}

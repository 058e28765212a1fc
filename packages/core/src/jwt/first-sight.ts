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

/** The outcome of a verification, without the token itself, and what it depends on. */
export interface Verification<Claims> extends ValidatedClaims<Claims> {
  readonly header: JwtHeader
  readonly scopes: readonly string[]
  /** The claims as the issuer made them, before a schema changed their form. */
  readonly issued: Readonly<AccessTokenClaims>
  readonly issuer: TrustedIssuer
  readonly key: VerificationKey
  readonly validity: Validity
}

/** Verifies a token that is not remembered. */
export class FirstSight<Claims> {
  readonly #settings: VerifierSettings
  readonly #issuers: IssuerDirectory

  constructor(settings: VerifierSettings, issuers: IssuerDirectory) {
    this.#settings = settings
    this.#issuers = issuers
  }

  /**
   * The order matters. Nothing is fetched for a token that cannot pass, little is spent on one that is not signed, and
   * nothing in it is believed before the signature has been verified.
   *
   * @throws TokenError if the token is at fault
   * @throws KeySourceUnavailableError if the keys cannot be had
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
    // Not the header itself: a member `issuer` in it would be the token's word.
    const hint = { alg: header.alg, kid: header.kid, issuer: issuer.issuer }
    const pending = keysFor(keys, hint)
    const candidates = pending instanceof Promise ? await awaiting(jws, pending) : pending
    const key = await signerOf(jws.signed, hint, { keys, candidates })
    this.#issuers.vouch(issuer)
    // From here on the token is its issuer's word.
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

  /** Time has passed since the keys were looked up: the key, the issuer or the token may have been withdrawn or expired. */
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

/** Waits without holding the parsed claims in memory: an unsigned token must not take more room than its text. */
function awaiting<T>(jws: CompactJws, promise: Promise<T>): Promise<T> {
  jws.release()
  return promise
}

/** A provider that fails to say is believed for what it answered a moment ago, when it handed the key out. */
function stillCounts(keys: VerificationKeys, key: VerificationKey): boolean {
  try {
    return isTrusted(keys, key)
  } catch (error) {
    if (error instanceof VerificationUnavailableError) throw error
    return true
  }
}

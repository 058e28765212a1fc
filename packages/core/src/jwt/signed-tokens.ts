import { type Clock, secondsOf } from '../clock.ts'
import { TokenError, VerificationUnavailableError } from '../errors.ts'
import type { VerificationKey, VerificationKeys } from '../keys/key-roles.ts'
import type { AuthenticToken, Evidence } from './authentic-token.ts'
import type { TokenIntrospection } from './introspection/token-introspection.ts'
import type { IssuerDirectory } from './issuers/issuer-directory.ts'
import type { TrustedIssuer } from './issuers/trusted-issuer.ts'
import { CompactJws } from './jws/compact-jws.ts'
import { checkHeader, checkTypeAndAlgorithm } from './jws/header.ts'
import { isTrusted, keysFor, signerOf } from './jws/token-signer.ts'

export interface SignedTokenSettings {
  readonly maxTokenLength: number
  readonly clock: Clock
}

/** The tokens whose claims are authentic because their issuer has signed them: JWTs (RFC 7519). */
export class SignedTokens {
  readonly #settings: SignedTokenSettings
  readonly #issuers: IssuerDirectory

  constructor(settings: SignedTokenSettings, issuers: IssuerDirectory) {
    this.#settings = settings
    this.#issuers = issuers
  }

  /**
   * Verifies the signature and the claims. The order of the checks matters: nothing is fetched for a token that cannot
   * pass, unsigned tokens cost little, and no claim is trusted before the signature has been verified.
   *
   * @throws TokenError if the token is invalid
   * @throws KeySourceUnavailableError if the keys are unavailable
   * @throws IntrospectionUnavailableError if the issuer does not answer about the JWT
   * @throws VerificationUnavailableError if `resolveIssuer` fails
   */
  async authenticate(token: string): Promise<AuthenticToken> {
    const { maxTokenLength, clock } = this.#settings
    const jws = CompactJws.parse(token, maxTokenLength)
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
    const issued = issuer.checkClaims(jws.claims, secondsOf(clock))
    const checkAgain = (): void => {
      if (!stillCounts(keys, key)) throw new TokenError('key_unknown')
      issuer.checkClaims(issued, secondsOf(clock))
    }
    const signature = new SignatureEvidence(issuer, key)
    const evidence =
      issuer.introspection?.asksAboutJwts === true ? await alsoAsked(signature, issuer.introspection, token) : signature
    return { header, issuer, issued, evidence, checkAgain }
  }

  #issuerOf(jws: CompactJws): TrustedIssuer | undefined | Promise<TrustedIssuer | undefined> {
    return this.#issuers.mayBeNamedIn(jws.payload) ? this.#issuers.find(jws.unverifiedClaims['iss']) : undefined
  }
}

/** A signature counts for as long as its key is trusted. Asks the issuer for its keys, which are freed if it is evicted. */
class SignatureEvidence implements Evidence {
  readonly #issuer: TrustedIssuer
  readonly #key: VerificationKey

  constructor(issuer: TrustedIssuer, key: VerificationKey) {
    this.#issuer = issuer
    this.#key = key
  }

  holds(now?: number): boolean {
    return isTrusted(this.#issuer.keys, this.#key, now)
  }
}

/** For a JWT that its issuer may have revoked: the issuer must say that it is active. The claims are those of the JWT. */
async function alsoAsked(signature: Evidence, introspection: TokenIntrospection, token: string): Promise<Evidence> {
  const answer = await introspection.introspect(token)
  return { holds: (now) => signature.holds(now) && answer.holds(now) }
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

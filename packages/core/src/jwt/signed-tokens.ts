import { continued, isThenable } from '../callback.ts'
import { type Clock, secondsOf } from '../clock.ts'
import { TokenError, VerificationUnavailableError } from '../errors.ts'
import type { KeyHint, VerificationKey, VerificationKeys } from '../keys/key-roles.ts'
import { isDeepStrictEqual } from '../platform.ts'
import type { AuthenticToken, Evidence } from './authentic-token.ts'
import { checkTimes } from './claims/claims.ts'
import type { TokenIntrospection } from './introspection/token-introspection.ts'
import type { IssuerDirectory } from './issuers/issuer-directory.ts'
import type { TrustedIssuer } from './issuers/trusted-issuer.ts'
import { type AccessTokenClaims, CompactJws, type JwtHeader } from './jws/compact-jws.ts'
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
   * Verifies the signature and the claims. Returns no promise if nothing has to be awaited. The order of the checks matters:
   * nothing is fetched for a token that cannot pass, unsigned tokens cost little, and no claim is trusted before the signature
   * has been verified.
   *
   * @throws TokenError if the token is invalid
   * @throws KeySourceUnavailableError if the keys are unavailable
   * @throws IntrospectionUnavailableError if the issuer does not answer about the JWT
   * @throws VerificationUnavailableError if `resolveIssuer` fails
   */
  authenticate(token: string): AuthenticToken | Promise<AuthenticToken> {
    const jws = CompactJws.parse(token, this.#settings.maxTokenLength)
    const header = checkHeader(jws.header)
    checkTypeAndAlgorithm(header, this.#issuers.widestRules)
    const issuer = releasing(jws, this.#issuerOf(jws))
    return continued(issuer, (found) => this.#signedBy(found, { token, jws, header }))
  }

  #signedBy(issuer: TrustedIssuer | undefined, signed: SignedToken): AuthenticToken | Promise<AuthenticToken> {
    if (issuer === undefined) throw new TokenError('issuer_mismatch')
    const { jws, header } = signed
    checkTypeAndAlgorithm(header, issuer)
    const { keys } = issuer
    // Copied, because a member `issuer` in the header itself would not be trustworthy.
    const hint = { alg: header.alg, kid: header.kid, issuer: issuer.issuer }
    const key = continued(releasing(jws, keysFor(keys, hint)), (candidates) => {
      return signerOf(jws.signed, hint, { keys, candidates })
    })
    return continued(key, (signer) => this.#authentic(signed, { issuer, keys, key: signer, hint }))
  }

  /** From here on the claims are authentic. */
  #authentic(
    { token, jws, header }: SignedToken,
    { issuer, keys, key, hint }: Signer,
  ): AuthenticToken | Promise<AuthenticToken> {
    const { clock } = this.#settings
    this.#issuers.vouch(issuer)
    const issued = issuer.checkClaims(jws.claims, secondsOf(clock))
    const checkAgain = (): void | Promise<void> => {
      return continued(confirmAgain(keys, key, hint), () => checkTimes(issued, issuer.rules, secondsOf(clock)))
    }
    const signature = new SignatureEvidence(issuer, key)
    const { introspection } = issuer
    const evidence =
      introspection?.asksAboutJwts === true ? alsoAsked(signature, introspection, { token, issued }) : signature
    return continued(evidence, (shown) => ({ header, issuer, issued, evidence: shown, checkAgain }))
  }

  #issuerOf(jws: CompactJws): TrustedIssuer | undefined | Promise<TrustedIssuer | undefined> {
    return this.#issuers.mayBeNamedIn(jws.payload) ? this.#issuers.find(jws.unverifiedClaims['iss']) : undefined
  }
}

interface SignedToken {
  readonly token: string
  readonly jws: CompactJws
  readonly header: JwtHeader
}

/** The issuer of a token, and the key that verified its signature. */
interface Signer {
  readonly issuer: TrustedIssuer
  readonly keys: VerificationKeys
  readonly key: VerificationKey
  readonly hint: KeyHint
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
async function alsoAsked(
  signature: Evidence,
  introspection: TokenIntrospection,
  { token, issued: { cnf } }: { readonly token: string; readonly issued: AccessTokenClaims },
): Promise<Evidence> {
  const answer = await introspection.introspect(token)
  // RFC 8705 §3.2: an answer can bind a token to a key. Only the `cnf` of the JWT is checked later, so they must be the same.
  const bound = answer.claims['cnf']
  if (bound !== undefined && !isDeepStrictEqual(bound, cnf)) throw new TokenError('claim_invalid', { claim: 'cnf' })
  return { holds: (now) => signature.holds(now) && answer.holds(now) }
}

/** Frees the parsed claims during a wait, so an unverified token takes no more memory than its text. */
function releasing<T>(jws: CompactJws, value: T | Promise<T>): T | Promise<T> {
  if (isThenable(value)) jws.release()
  return value
}

/**
 * Asks the provider for the key again if it does not trust it any more. Either it was removed, or all keys have become too old,
 * which is not the token's fault.
 */
function confirmAgain(keys: VerificationKeys, key: VerificationKey, hint: KeyHint): void | Promise<void> {
  if (stillCounts(keys, key)) return
  return continued(keysFor(keys, hint), (candidates) => {
    const same = candidates.find(({ thumbprint }) => thumbprint === key.thumbprint)
    if (same === undefined || !stillCounts(keys, same)) throw new TokenError('key_unknown')
  })
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

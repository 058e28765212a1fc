import { signatureAlgorithms } from '../algorithms.ts'
import { secondsOf } from '../clock.ts'
import { untilAborted, withDeadline } from '../deadline.ts'
import { TokenError, VerificationUnavailableError } from '../errors.ts'
import type { VerificationKey } from '../keys/key-roles.ts'
import type { Validity } from './claims.ts'
import { type AccessTokenClaims, type JwtHeader, parseCompactJws, type Signed } from './compact-jws.ts'
import { frozen } from './frozen.ts'
import { checkHeader, checkTypeAndAlgorithm } from './header.ts'
import { IssuerDirectory } from './issuer-directory.ts'
import { scopesOf } from './scopes.ts'
import { isSignedBy } from './signature.ts'
import type { SchemaResult, StandardSchema } from './standard-schema.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'
import { digestOf, VerifiedTokenCache } from './verified-token-cache.ts'
import {
  readVerifierOptions,
  type RevocationCheck,
  type VerifierOptions,
  type VerifierSettings,
} from './verifier-options.ts'

/** A token that holds in every respect. Header, claims and scopes are frozen: they are shared by all who send it. */
export interface VerifiedToken<Claims = AccessTokenClaims> {
  readonly token: string
  readonly header: JwtHeader
  readonly claims: Claims
  readonly scopes: readonly string[]
  /** The claims as the issuer made them, whatever a schema makes of them. */
  readonly issued: Readonly<AccessTokenClaims>
}

/** What is known of a token that held: everything but the token itself, and what its holding depends on. */
export interface Verification<Claims> extends Omit<VerifiedToken<Claims>, 'token'> {
  readonly issuer: TrustedIssuer
  readonly key: VerificationKey
  readonly validity: Validity
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
  readonly #cache: VerifiedTokenCache<Claims> | undefined
  /** First sights of a token at once are one verification. */
  readonly #underWay = new Map<string, Promise<Verification<Claims>>>()

  /** @throws ConfigurationError naming the option, and the variable where there is one */
  constructor(options: VerifierOptions<Claims> = {}, owner = 'TokenVerifier') {
    this.settings = readVerifierOptions(options, owner)
    this.#issuers = new IssuerDirectory(this.settings, owner)
    const { cache } = this.settings
    this.#cache = cache === false ? undefined : new VerifiedTokenCache(cache.max)
  }

  /** The issuers that were named in the options. */
  get issuers(): readonly TrustedIssuer[] {
    return this.#issuers.known
  }

  /**
   * Verifies a token. Whatever is wrong with it, or with its keys, is a rejection.
   *
   * @throws TokenError if the token is at fault
   * @throws KeySourceUnavailableError if the keys cannot be had
   * @throws VerificationUnavailableError if `isRevoked` or `resolveIssuer` fails
   */
  verify(token: string, options?: { signal?: AbortSignal }): Promise<VerifiedToken<Claims>> {
    const verification = this.recallOrVerify(token, options)
    // Not an async function: that would take a twentieth longer for a token seen before.
    return verification instanceof Promise
      ? verification.then((held) => withToken(token, held))
      : Promise.resolve(withToken(token, verification))
  }

  /**
   * What is known of a token, for the HTTP step, which has the token itself. Without a promise where there is nothing to
   * wait for: for a token that was verified before and still holds, unless there is an `isRevoked` to be asked.
   */
  recallOrVerify(
    token: string,
    options?: { signal?: AbortSignal },
  ): Verification<Claims> | Promise<Verification<Claims>> {
    if (typeof token !== 'string') return Promise.reject(new TokenError('token_malformed'))
    const digest = digestOf(token)
    const known = this.#cache?.recall(digest, secondsOf(this.settings.clock))
    const verification = known ?? untilAborted(this.#firstSight(token, digest), options?.signal)
    const { isRevoked } = this.settings
    return isRevoked === undefined ? verification : unlessRevoked(isRevoked, verification)
  }

  /** Ends what is under way for keys that the verifier fetches. */
  close(): void {
    this.#issuers.close()
  }

  #firstSight(token: string, digest: string): Promise<Verification<Claims>> {
    const underWay = this.#underWay.get(digest)
    if (underWay !== undefined) return underWay
    const verification = this.#verify(token, digest)
    this.#underWay.set(digest, verification)
    const ended = (): void => void this.#underWay.delete(digest)
    verification.then(ended, ended)
    return verification
  }

  /**
   * In an order that lets nothing be fetched for a token that cannot pass, and nothing be believed before the
   * signature holds.
   */
  async #verify(token: string, digest: string): Promise<Verification<Claims>> {
    // Shape and size, header, issuer: so far only what the token says of itself, to see whether it could pass.
    const jws = parseCompactJws(token, this.settings.maxTokenLength)
    const header = checkHeader(jws.header)
    checkTypeAndAlgorithm(header, widestRules)
    const found = this.#issuers.find(jws.claims['iss'])
    const issuer = found instanceof Promise ? await found : found
    if (issuer === undefined) throw new TokenError('issuer_mismatch')
    checkTypeAndAlgorithm(header, issuer)
    // Key, signature.
    const keys = issuer.keys.verificationKeys(header)
    const key = await signerOf(jws, header, keys instanceof Promise ? await keys : keys)
    // Claims: from here on the token is its issuer's word.
    const issued = issuer.checkClaims(jws.claims, secondsOf(this.settings.clock))
    const validity = issuer.validityOf(issued)
    checkProof(issued)
    const scopes = scopesOf(issued, this.settings.scopeClaim)
    const validated = this.#validated(issued)
    const claims = validated instanceof Promise ? await validated : validated
    const verified = { header, claims, scopes, issued, issuer, key, validity }
    this.#cache?.remember(digest, verified)
    return verified
  }

  #validated(claims: AccessTokenClaims): Claims | Promise<Claims> {
    const { claims: schema } = this.settings
    if (schema === undefined) return claims as Claims
    // A copy: a schema may change what it is given, and the claims stay as their issuer made them.
    return validate(schema, structuredClone(claims)) as Promise<Claims>
  }
}

/** Member by member: what the verifier keeps for itself, issuer and key, is for nobody else, and a spread takes longer. */
function withToken<Claims>(
  token: string,
  { header, claims, scopes, issued }: Verification<Claims>,
): VerifiedToken<Claims> {
  return { token, header, claims, scopes, issued }
}

/** What no issuer's rules go beyond: a token outside of it is refused before anybody is asked about its issuer. */
const widestRules = { profile: 'jwt', algorithms: new Set(signatureAlgorithms) } as const

/** In milliseconds: no wait is without an end. */
const longestRevocationCheck = 5000

/** At every use of a token, and last: it may ask somebody. */
async function unlessRevoked<Claims>(
  isRevoked: RevocationCheck,
  pending: Verification<Claims> | Promise<Verification<Claims>>,
): Promise<Verification<Claims>> {
  const verification = await pending
  if (await saysRevoked(isRevoked, verification)) throw new TokenError('token_revoked')
  return verification
}

async function saysRevoked(isRevoked: RevocationCheck, { issued, header }: Verification<unknown>): Promise<boolean> {
  try {
    const answer = isRevoked(issued, header)
    if (typeof answer === 'boolean') return answer
    return await withDeadline(longestRevocationCheck, undefined, (deadline) => untilAborted(answer, deadline))
  } catch (cause) {
    throw new VerificationUnavailableError('whether the token was revoked could not be found out', { cause })
  }
}

/** The key that made the signature. */
async function signerOf(
  signed: Signed,
  { alg, kid }: JwtHeader,
  keys: readonly VerificationKey[],
): Promise<VerificationKey> {
  if (keys.length === 0) throw new TokenError('key_unknown')
  if (kid === undefined && keys.length > 1) throw new TokenError('key_ambiguous')
  for (const key of keys) {
    if (await isSignedBy(signed, alg, key)) return key
  }
  throw new TokenError('signature_invalid')
}

/** RFC 7800 §3.1: whoever sends the token must prove to hold a key, and nothing here has seen that proof. */
function checkProof(claims: AccessTokenClaims): void {
  if (claims['cnf'] !== undefined) throw new TokenError('proof_required')
}

/** A schema refuses by what it returns. One that throws is broken, and the token not at fault. */
async function outcomeOf(schema: StandardSchema, claims: AccessTokenClaims): Promise<SchemaResult<unknown>> {
  try {
    return await schema['~standard'].validate(claims)
  } catch (cause) {
    throw new VerificationUnavailableError('the schema of the claims failed', { cause })
  }
}

async function validate(schema: StandardSchema, claims: AccessTokenClaims): Promise<unknown> {
  const result = await outcomeOf(schema, claims)
  if (result.issues === undefined) return frozen(result.value)
  // Messages may quote the claims: they are for the log, by way of the cause.
  throw new TokenError('claims_rejected', { cause: new Error(result.issues.map(({ message }) => message).join('; ')) })
}

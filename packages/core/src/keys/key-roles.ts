import type { KeyObject } from 'node:crypto'
import type { CryptoKey } from 'jose'
import type { PublicJwkSet } from './key-specification.ts'

/** Describes the key that signed a token. The header is hostile input: it only selects among known keys. */
export interface KeyHint {
  /** From the protected header. */
  readonly alg: string
  /** From the protected header. */
  readonly kid?: string | undefined
  /** The issuer whose rules apply to the token. Keys whose JWK names another issuer are left out. */
  readonly issuer?: string | undefined
}

/** A key that may verify a signature. */
export interface VerificationKey {
  /** Distinguishes keys with the same kid: the RFC 7638 thumbprint, or a keyed digest of a symmetric key. */
  readonly thumbprint: string
  /** Returns the key, imported for the algorithm. Each CryptoKey is used with one algorithm (RFC 8725 §3.1). */
  cryptoKey(alg: string): CryptoKey | Promise<CryptoKey>
  /** Called instead of {@link cryptoKey} for an algorithm that Web Cryptography does not support: ES256K. Optional. */
  keyObject?(alg: string): KeyObject | undefined
}

/** Provides a verifier with keys. It does not check tokens: it only finds keys and knows how long they are trusted. */
export interface VerificationKeys {
  /**
   * Returns the keys that may have signed a token with this header: none if the kid is unknown, several if the header
   * has no kid. Returns an array if the keys are in memory, and a promise if they must be fetched.
   *
   * @throws KeySourceUnavailableError if the keys cannot be fetched
   */
  verificationKeys(
    hint: KeyHint,
    options?: { signal?: AbortSignal },
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]>
  /**
   * Looks for new keys. Called when keys for this header are known but none of them verifies the signature: the issuer
   * may have replaced a key under the same kid, or all its keys if its tokens have no kid. Searches once, from the same
   * budget as unknown kids. Optional: not needed if no other party can replace the provider's keys.
   *
   * @param options.tried the keys that did not verify the signature; they are not returned again
   * @returns the keys to try next: none if nothing new was found, the budget is spent, or the search failed
   * @throws KeySourceUnavailableError if all keys have become too old in the meantime and cannot be fetched
   */
  replacementKeys?(
    hint: KeyHint,
    options?: { tried?: readonly VerificationKey[]; signal?: AbortSignal },
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]>
  /**
   * Explains, for the log, why {@link verificationKeys} found no key although one is published under the `kid`: it is
   * for another algorithm or another issuer, or it cannot be used. Quotes nothing from the token. Optional.
   */
  explainAbsence?(hint: KeyHint): string | undefined
  /**
   * Returns true if a key returned earlier is still trusted: not destroyed, not removed, and its set not too old. Called
   * for every token.
   *
   * @param now the time of the system clock, if the caller has just read it: reading a clock takes longer than the rest
   */
  trusts(key: VerificationKey, now?: number): boolean
}

/** A signing key, with its `kid` and `alg` for the token's header. */
export interface SigningKey {
  /** The published kid. */
  readonly kid: string
  readonly alg: string
  /**
   * For other libraries, such as jose. {@link TokenIssuer} does not use it.
   *
   * @throws ExportForbiddenError if the export policy keeps the key inside the provider
   */
  readonly privateKey: CryptoKey
  /** The time until which signatures made now are sure to verify, in milliseconds since the epoch. */
  readonly retainedUntil: number
  /**
   * Signs a JWS signing input (RFC 7515 §5.1) inside the provider. Resolves to the signature or MAC.
   *
   * @throws KeyUseError if the key has been destroyed in the meantime
   */
  sign(input: Uint8Array): Promise<Uint8Array>
}

/** Provides a token issuer with keys. */
export interface SigningKeys {
  /**
   * Returns the newest active key that may sign, or the newest active version of the named key.
   *
   * @throws KeyNotFoundError if there is none
   */
  signingKey(kid?: string): Promise<SigningKey>
}

/** Provides a JWKS endpoint with keys. */
export interface JwksPublisher {
  /** Returns the keys that the service publishes as its own. `include: 'all'` adds the keys fetched from elsewhere. */
  publishedJwks(options?: { include?: 'local' | 'all' }): Promise<PublicJwkSet>
  /** Returns the time of the next scheduled change, in milliseconds since the epoch. Infinity if none is scheduled. */
  nextKeyChange(): number
}

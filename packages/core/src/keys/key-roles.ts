import type { KeyObject } from 'node:crypto'
import type { CryptoKey } from 'jose'
import type { PublicJwkSet } from './key-specification.ts'

/** What is known of the key that made a token. The header is hostile input: it only ever selects among our keys. */
export interface KeyHint {
  /** As the protected header has it. */
  readonly alg: string
  /** As the protected header has it. */
  readonly kid?: string | undefined
  /** The issuer whose rules the token is held to. Keys that name another one in their JWK are left out. */
  readonly issuer?: string | undefined
}

/** A key that may have made a signature. */
export interface VerificationKey {
  /** Tells two keys with one kid apart: the RFC 7638 thumbprint, or a keyed digest of a symmetric key. */
  readonly thumbprint: string
  /** The key, ready for the algorithm. One CryptoKey serves one algorithm (RFC 8725 §3.1). */
  cryptoKey(alg: string): CryptoKey | Promise<CryptoKey>
  /** Asked instead of {@link cryptoKey} for an algorithm that Web Cryptography does not have: ES256K. Optional. */
  keyObject?(alg: string): KeyObject | undefined
}

/**
 * What a verifier asks of keys. It does not check tokens; it knows which keys there are, and for how long they count.
 */
export interface VerificationKeys {
  /**
   * The keys that can have made a signature under this header: none if the kid is not known, several if the header
   * names no kid. An array where the answer is at hand, a promise where it must be fetched.
   *
   * @throws KeySourceUnavailableError when the keys cannot be had
   */
  verificationKeys(
    hint: KeyHint,
    options?: { signal?: AbortSignal },
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]>
  /**
   * Asked when keys for this header are known and none of them made the signature: the issuer may have replaced its keys,
   * under the same kid or, where tokens carry no kid, altogether. Looks for new keys once, out of the same budget as
   * unknown kids. Optional: providers whose keys nobody else replaces leave it out.
   *
   * @param options.tried the keys that did not make the signature; the answer leaves them out
   * @returns the keys to try next: none if nothing new was found or the budget is spent. An outage is no error here.
   */
  replacementKeys?(
    hint: KeyHint,
    options?: { tried?: readonly VerificationKey[]; signal?: AbortSignal },
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]>
  /**
   * Explains to the log why {@link verificationKeys} found no key, where one is published under the `kid`: it is for another
   * algorithm or another issuer, or cannot be used. Quotes nothing out of the token. Optional.
   */
  explainAbsence?(hint: KeyHint): string | undefined
  /** Whether a key handed out earlier still counts: no longer once it is destroyed, removed, or its set too old. */
  trusts(key: VerificationKey): boolean
}

/** A key that signs, and what the header must say of it. */
export interface SigningKey {
  /** The published kid. */
  readonly kid: string
  readonly alg: string
  /**
   * For other libraries, such as jose. A {@link TokenIssuer} does not ask for it.
   *
   * @throws ExportForbiddenError if the key does not leave the provider
   */
  readonly privateKey: CryptoKey
  /** Until when, in milliseconds since the epoch, the key is sure to verify what it signs now. */
  readonly retainedUntil: number
  /**
   * The signature or MAC over a JWS signing input (RFC 7515 §5.1), made inside of the provider.
   *
   * @throws KeyUseError if the key was destroyed meanwhile
   */
  sign(input: Uint8Array): Promise<Uint8Array>
}

/** What an issuer asks of keys. */
export interface SigningKeys {
  /**
   * The newest active key that may sign, or the newest active version of the named one.
   *
   * @throws KeyNotFoundError if there is none
   */
  signingKey(kid?: string): Promise<SigningKey>
}

/** What a JWKS endpoint asks of keys. */
export interface JwksPublisher {
  /** The keys that the service publishes as its own; with `include: 'all'` also those it fetched from elsewhere. */
  publishedJwks(options?: { include?: 'local' | 'all' }): Promise<PublicJwkSet>
  /** When the set is next due to change, in milliseconds since the epoch; Infinity if nothing is scheduled. */
  nextKeyChange(): number
}

import type { HeaderValues } from './http-message.ts'

/**
 * The base class of all errors. Every failure has its own class and a literal `code`. Four families are kept apart:
 * faults of the token, faults of the request, failures of the server or the issuer, and configuration errors.
 */
export abstract class BearerKitError extends Error {
  /** A stable, literal identifier of the failure. */
  abstract readonly code: string
}

/**
 * An error that any request can cause. It captures no stack: capturing costs more than the rest of the refusal, the
 * stack would show only files of this library, and frameworks print it. The error in `cause` keeps its stack.
 */
export abstract class PerRequestError<Name extends string> extends BearerKitError {
  override readonly name: Name

  constructor(name: Name, message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error
    // Reflect.set does not throw if `Error` is frozen. In that case a stack is captured.
    Reflect.set(Error, 'stackTraceLimit', 0)
    try {
      super(message, options)
    } finally {
      Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
    }
    this.name = name
    this.stack = `${name}: ${message}`
  }
}

/** An option is missing, unknown or unusable. Thrown at start-up, never per request. */
export class ConfigurationError extends BearerKitError {
  override readonly name = 'ConfigurationError'
  readonly code = 'configuration_invalid'
  /** The name of the invalid option. */
  readonly option: string

  constructor(message: string, option: string, options?: ErrorOptions) {
    super(message, options)
    this.option = option
  }
}

/** The codes of {@link TokenError} with their messages for logs. No message quotes the token. */
export const tokenFaults = {
  token_too_long: 'the token is longer than maxTokenLength',
  token_malformed: 'the token is not a JWS in compact serialization',
  type_not_accepted: 'the `typ` header is not an accepted token type',
  critical_header_unsupported: 'the `crit` or `b64` header requires an unsupported extension',
  algorithm_not_accepted: 'the `alg` header is not an accepted algorithm',
  issuer_mismatch: 'the `iss` claim is not the accepted issuer',
  key_unknown: 'no key of the issuer matches the `kid` and `alg` of the token',
  key_ambiguous: 'the token has no `kid`, and more than one key could have signed it',
  signature_invalid: 'the signature does not verify',
  token_inactive: 'the issuer says that the token is not active',
  audience_mismatch: 'the `aud` claim does not name this resource',
  token_expired: 'the `exp` claim is in the past',
  token_not_yet_valid: 'the `nbf` claim is in the future',
  token_issued_in_future: 'the `iat` claim is in the future',
  token_too_old: 'the token is older than maxTokenAge, counted from its `iat` claim',
  claim_missing: 'a required claim is missing',
  claim_invalid: 'a claim has an invalid value',
  claims_rejected: 'the claims do not match the schema',
  token_revoked: 'the token has been revoked',
  token_replayed: 'the token counts once, and was used before',
  proof_required: 'the token is bound to a key (`cnf`) in a way that is not checked for this request',
  token_unbound: 'the token is not bound to a key (`cnf`), and the scheme or the options require it',
} as const

/** The `code` of a {@link TokenError}. */
export type TokenFault = keyof typeof tokenFaults

/** The parts of a JWS (RFC 7515 §3.1), and what the payload of a JWT contains. */
export type TokenPart = 'header' | 'payload' | 'claims' | 'signature'

interface TokenErrorOptions extends ErrorOptions {
  readonly claim?: string
  readonly part?: TokenPart
}

/** The token is invalid. Over HTTP: 401 `invalid_token` (RFC 6750 §3.1). */
export class TokenError extends PerRequestError<'TokenError'> {
  readonly code: TokenFault
  /** The name of the missing or invalid claim, if the fault is in a claim. */
  readonly claim: string | undefined
  /** The malformed part of the token. Undefined if it does not consist of these parts at all. */
  readonly part: TokenPart | undefined

  constructor(code: TokenFault, options: TokenErrorOptions = {}) {
    const { claim, part } = options
    const place = claim ?? part
    super('TokenError', place === undefined ? tokenFaults[code] : `${tokenFaults[code]}: ${place}`, options)
    this.code = code
    this.claim = claim
    this.part = part
  }
}

/** The options of {@link ProofError}. */
export interface ProofErrorOptions extends ErrorOptions {
  /** The `error` of the challenge, if the scheme defines its own code. Default `'invalid_token'`. */
  readonly error?: string
  /** Additional response headers, such as a nonce for the client to use. */
  readonly headers?: HeaderValues | undefined
}

/** The proof of possession that accompanies the token is invalid. Over HTTP: 401. */
export class ProofError extends PerRequestError<'ProofError'> {
  readonly code = 'proof_invalid'
  /** The specific fault of the proof, for logs. */
  readonly fault: string
  readonly error: string
  readonly headers: HeaderValues

  constructor(
    fault: string,
    message: string,
    { error = 'invalid_token', headers = {}, ...options }: ProofErrorOptions = {},
  ) {
    super('ProofError', message, options)
    this.fault = fault
    this.error = error
    this.headers = headers
  }
}

interface OutageOptions extends ErrorOptions {
  /** In seconds. */
  readonly retryAfter?: number
}

/** Something that the answer depends on is unavailable. Over HTTP: 503 with `Retry-After`. */
abstract class OutageError<Name extends string> extends PerRequestError<Name> {
  /** Whole seconds after which a retry makes sense, if known. */
  readonly retryAfter: number | undefined

  constructor(name: Name, message: string, { retryAfter, ...options }: OutageOptions) {
    super(name, message, options)
    this.retryAfter = retryAfter === undefined ? undefined : Math.max(1, Math.ceil(retryAfter))
  }
}

/** The verification keys are unavailable. The token may be valid. Over HTTP: 503 with `Retry-After`. */
export class KeySourceUnavailableError extends OutageError<'KeySourceUnavailableError'> {
  readonly code = 'key_source_unavailable'
  /** True if an immediate retry may succeed, as after a lost connection or an overloaded server. */
  readonly isTransient: boolean

  constructor(message: string, { isTransient = false, ...options }: OutageOptions & { isTransient?: boolean } = {}) {
    super('KeySourceUnavailableError', message, options)
    this.isTransient = isTransient
  }
}

/**
 * The key store is unavailable: for a write, or for so long that the cached keys are too old. Over HTTP: 503 with
 * `Retry-After`.
 */
export class KeyStoreUnavailableError extends OutageError<'KeyStoreUnavailableError'> {
  readonly code = 'key_store_unavailable'

  constructor(message: string, options: OutageOptions = {}) {
    super('KeyStoreUnavailableError', message, options)
  }
}

/**
 * The replay store cannot tell whether an id was used before: it is unavailable, or full of uses that still count. Over
 * HTTP: 503 with `Retry-After`.
 */
export class ReplayStoreUnavailableError extends OutageError<'ReplayStoreUnavailableError'> {
  readonly code = 'replay_store_unavailable'

  constructor(message: string, options: OutageOptions = {}) {
    super('ReplayStoreUnavailableError', message, options)
  }
}

/** The issuer does not answer about an opaque token, which may be valid. Over HTTP: 503 with `Retry-After`. */
export class IntrospectionUnavailableError extends OutageError<'IntrospectionUnavailableError'> {
  readonly code = 'introspection_unavailable'

  constructor(message: string, options: OutageOptions = {}) {
    super('IntrospectionUnavailableError', message, options)
  }
}

/** The revocation check, the issuer lookup or another callback failed. Over HTTP: 503. */
export class VerificationUnavailableError extends PerRequestError<'VerificationUnavailableError'> {
  readonly code = 'verification_unavailable'
  /** The option of the verifier whose function or object failed, such as `isRevoked`. */
  readonly option: string | undefined

  constructor(message: string, options?: ErrorOptions & { option?: string }) {
    super('VerificationUnavailableError', message, options)
    this.option = options?.option
  }
}

/**
 * The predicate of `requireClaims` did not settle in time. Over HTTP: the framework's response to an application error,
 * 500 by default. An error that the predicate itself throws is passed to the framework unchanged.
 */
export class PredicateError extends BearerKitError {
  override readonly name = 'PredicateError'
  readonly code = 'predicate_failed'
}

/** This library or this runtime does not support the algorithm. */
export class UnsupportedAlgorithmError extends BearerKitError {
  override readonly name = 'UnsupportedAlgorithmError'
  readonly code = 'algorithm_unsupported'
}

/** The key, or this version of it, does not exist. */
export class KeyNotFoundError extends BearerKitError {
  override readonly name = 'KeyNotFoundError'
  readonly code = 'key_not_found'
}

/** The key specification or material is invalid: wrong type, wrong curve, too weak, or contradictory. */
export class InvalidKeyError extends BearerKitError {
  override readonly name = 'InvalidKeyError'
  readonly code = 'key_invalid'
}

/** The key may not be used for this operation, or not at this time. */
export class KeyUseError extends BearerKitError {
  override readonly name = 'KeyUseError'
  readonly code = 'key_use_forbidden'
}

/** The key's export policy forbids exporting its secret. */
export class ExportForbiddenError extends BearerKitError {
  override readonly name = 'ExportForbiddenError'
  readonly code = 'export_forbidden'
}

/** The call to `revoke` does not say which tokens to revoke. The message names the member. */
export class InvalidRevocationError extends BearerKitError {
  override readonly name = 'InvalidRevocationError'
  readonly code = 'revocation_invalid'
}

/** A number or a length is outside the range that an operation accepts. */
export class LimitError extends BearerKitError {
  override readonly name = 'LimitError'
  readonly code = 'limit_exceeded'
}

/** The requested token contradicts the issuer's options or RFC 9068. Thrown before signing. */
export class TokenIssueError extends BearerKitError {
  override readonly name = 'TokenIssueError'
  readonly code = 'token_not_issuable'
}

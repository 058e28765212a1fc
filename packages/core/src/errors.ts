/**
 * Every failure has a class and a literal `code`. Four families never mix:
 * a fault of the token, a fault of the request, trouble of ours or the issuer's, and a fault of the configuration.
 */
export abstract class BearerKitError extends Error {
  /** A stable, literal identifier of the failure. */
  abstract readonly code: string
}

/**
 * An error that a request can cause, once per request. It captures no stack: that costs more than the rest of a refusal,
 * shows nothing but our own files, and frameworks print it. What is in `cause` keeps its stack.
 */
export abstract class PerRequestError<Name extends string> extends BearerKitError {
  override readonly name: Name

  constructor(name: Name, message: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error
    // Reflect.set: it fails without an error where `Error` is frozen. Then a stack is captured after all.
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
  /** The option at fault. */
  readonly option: string

  constructor(message: string, option: string, options?: ErrorOptions) {
    super(message, options)
    this.option = option
  }
}

/** What can be wrong with a token, and what the log says of it. No message quotes anything out of the token. */
const tokenFaults = {
  token_too_long: 'the token is longer than maxTokenLength',
  token_malformed: 'the token is not a JWS in compact serialization',
  type_not_accepted: 'the `typ` header names another kind of token',
  critical_header_unsupported: 'the `crit` or `b64` header asks for something that is not understood',
  algorithm_not_accepted: 'the `alg` header is not among the accepted algorithms',
  issuer_mismatch: 'the `iss` claim is not the accepted issuer',
  key_unknown: 'no key of the issuer fits the `kid` and `alg` of the token',
  key_ambiguous: 'the token has no `kid`, and more than one key can have made it',
  signature_invalid: 'the signature does not verify',
  audience_mismatch: 'the `aud` claim does not name this resource',
  token_expired: 'the `exp` claim is in the past',
  token_not_yet_valid: 'the `nbf` claim is in the future',
  token_issued_in_future: 'the `iat` claim is in the future',
  token_too_old: 'the `iat` claim is longer ago than maxTokenAge',
  claim_missing: 'a required claim is missing',
  claim_invalid: 'a claim has a value that it cannot have',
  claims_rejected: 'the claims do not fit the schema',
  token_revoked: 'the token has been revoked',
  proof_required: 'the token is bound to a key (`cnf`), and no proof of possession was checked',
} as const

/** The `code` of a {@link TokenError}. */
export type TokenFault = keyof typeof tokenFaults

/** The token is at fault. Over HTTP: 401 `invalid_token` (RFC 6750 §3.1). */
export class TokenError extends PerRequestError<'TokenError'> {
  readonly code: TokenFault
  /** The claim at fault, where it is one. */
  readonly claim: string | undefined

  constructor(code: TokenFault, options: ErrorOptions & { claim?: string } = {}) {
    const message = options.claim === undefined ? tokenFaults[code] : `${tokenFaults[code]}: ${options.claim}`
    super('TokenError', message, options)
    this.code = code
    this.claim = options.claim
  }
}

/** What {@link ProofError} says of a proof beside its fault. */
export interface ProofErrorOptions extends ErrorOptions {
  /** The `error` of the challenge, where the scheme has one of its own. Default `'invalid_token'`. */
  readonly error?: string
  /** Further headers of the answer, such as a nonce to use. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The proof that a request presents beside its token is at fault. Over HTTP: 401. */
export class ProofError extends PerRequestError<'ProofError'> {
  readonly code = 'proof_invalid'
  /** What is wrong with the proof in particular. For logs. */
  readonly fault: string
  readonly error: string
  readonly headers: Readonly<Record<string, string>>

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

interface UnavailabilityOptions extends ErrorOptions {
  readonly retryAfter?: number
  readonly isTransient?: boolean
}

/** The verification keys cannot be had. The token is not at fault. Over HTTP: 503 with `Retry-After`. */
export class KeySourceUnavailableError extends PerRequestError<'KeySourceUnavailableError'> {
  readonly code = 'key_source_unavailable'
  /** Whole seconds after which asking again makes sense, where that is known. */
  readonly retryAfter: number | undefined
  /** Whether the same request may succeed at once: a lost connection, an overloaded server. */
  readonly isTransient: boolean

  constructor(message: string, { retryAfter, isTransient = false, ...options }: UnavailabilityOptions = {}) {
    super('KeySourceUnavailableError', message, options)
    this.retryAfter = retryAfter === undefined ? undefined : Math.max(1, Math.ceil(retryAfter))
    this.isTransient = isTransient
  }
}

/** Whether the token was revoked, or whether its issuer is trusted, could not be found out. Over HTTP: 503. */
export class VerificationUnavailableError extends PerRequestError<'VerificationUnavailableError'> {
  readonly code = 'verification_unavailable'

  constructor(message: string, options?: ErrorOptions) {
    super('VerificationUnavailableError', message, options)
  }
}

/**
 * The predicate of `requireClaims` did not answer in time. An error that the predicate throws goes to the framework as
 * it is. Over HTTP: whatever the framework makes of an error of the application, 500 by default.
 */
export class PredicateError extends BearerKitError {
  override readonly name = 'PredicateError'
  readonly code = 'predicate_failed'
}

/** The algorithm is not one of ours, or this runtime cannot do it. */
export class UnsupportedAlgorithmError extends BearerKitError {
  override readonly name = 'UnsupportedAlgorithmError'
  readonly code = 'algorithm_unsupported'
}

/** There is no such key, or no such version of it. */
export class KeyNotFoundError extends BearerKitError {
  override readonly name = 'KeyNotFoundError'
  readonly code = 'key_not_found'
}

/** The key specification or material does not fit: another type, another curve, too weak, or contradictory. */
export class InvalidKeyError extends BearerKitError {
  override readonly name = 'InvalidKeyError'
  readonly code = 'key_invalid'
}

/** The key may not be used that way, or not at this time. */
export class KeyUseError extends BearerKitError {
  override readonly name = 'KeyUseError'
  readonly code = 'key_use_forbidden'
}

/** The key's export policy keeps its secret in. */
export class ExportForbiddenError extends BearerKitError {
  override readonly name = 'ExportForbiddenError'
  readonly code = 'export_forbidden'
}

/** A number or a length is outside what an operation takes. */
export class LimitError extends BearerKitError {
  override readonly name = 'LimitError'
  readonly code = 'limit_exceeded'
}

/** The token that was asked for contradicts the issuer's options or RFC 9068. Thrown before anything is signed. */
export class TokenIssueError extends BearerKitError {
  override readonly name = 'TokenIssueError'
  readonly code = 'token_not_issuable'
}

/** The errors by which others decide what to answer. */
interface Recognizable {
  readonly TokenError: TokenError
  readonly KeySourceUnavailableError: KeySourceUnavailableError
  readonly VerificationUnavailableError: VerificationUnavailableError
  readonly ProofError: ProofError
}

const codesOf: Readonly<Record<keyof Recognizable, ReadonlySet<unknown>>> = {
  TokenError: new Set(Object.keys(tokenFaults)),
  ProofError: new Set(['proof_invalid']),
  KeySourceUnavailableError: new Set(['key_source_unavailable']),
  VerificationUnavailableError: new Set(['verification_unavailable']),
}

/**
 * Recognizes an error by its name and code. Its class may be another one: a process can hold two copies of this package.
 * Both must match, since OAuth clients, with which keys may be fetched, also have a `TokenError`, or a `token_expired`.
 */
export function isErrorNamed<Name extends keyof Recognizable>(name: Name, error: unknown): error is Recognizable[Name] {
  const given = Object(error) as { name?: unknown; code?: unknown }
  return given.name === name && codesOf[name].has(given.code)
}

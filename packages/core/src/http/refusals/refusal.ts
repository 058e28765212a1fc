import { PerRequestError, type TokenFault } from '../../errors.ts'
import { challenge } from './challenge.ts'
import type { CertificateFault } from '../mtls/certificate-fault.ts'
import type { DpopFault } from '../dpop/dpop-fault.ts'
import type { HeaderValues, HttpResponse } from '../../http-message.ts'
import { inspect, isNativeError } from '../../platform.ts'
import { isErrorNamed, isOutage } from '../../recognized-errors.ts'
import { type AuthenticationScheme, bearer } from '../credentials/scheme.ts'

/** RFC 6750 §3.1, RFC 9470 §3. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'
  // Codes of other schemes. This form keeps completion in editors for the codes above.
  | (string & {})

interface Refusal {
  readonly status: 400 | 401 | 403 | 503
  /** RFC 6750 §3.1: absent if the request had no credentials. */
  readonly error?: OAuthErrorCode
  /** Short, and the same for all token faults: it must not tell a forger which check failed. */
  readonly description: string
}

/** The reason for a refusal that the client may see. */
export type RefusalCode =
  | 'credentials_missing'
  | 'credentials_malformed'
  | 'credentials_repeated'
  | 'token_invalid'
  | 'token_expired'
  | 'token_revoked'
  | 'proof_invalid'
  | 'scope_insufficient'
  | 'claims_insufficient'
  | 'authentication_insufficient'
  | 'key_source_unavailable'
  | 'key_store_unavailable'
  | 'replay_store_unavailable'
  | 'introspection_unavailable'
  | 'verification_unavailable'

const unavailable = 'The access token cannot be verified at the moment'

/** The status, OAuth error and description for each code. */
const refusals: Readonly<Record<RefusalCode, Refusal>> = {
  credentials_missing: { status: 401, description: 'Authentication is required' },
  credentials_malformed: { status: 400, error: 'invalid_request', description: 'The credentials are malformed' },
  credentials_repeated: { status: 400, error: 'invalid_request', description: 'There is more than one access token' },
  token_invalid: { status: 401, error: 'invalid_token', description: 'The access token is invalid' },
  token_expired: { status: 401, error: 'invalid_token', description: 'The access token has expired' },
  token_revoked: { status: 401, error: 'invalid_token', description: 'The access token has been revoked' },
  proof_invalid: { status: 401, error: 'invalid_token', description: 'The proof of possession is invalid' },
  scope_insufficient: {
    status: 403,
    error: 'insufficient_scope',
    description: 'The access token does not have the required scope',
  },
  claims_insufficient: {
    status: 403,
    error: 'insufficient_scope',
    description: 'The access token does not grant this request',
  },
  authentication_insufficient: {
    status: 401,
    error: 'insufficient_user_authentication',
    description: 'A stronger or more recent authentication is required',
  },
  key_source_unavailable: { status: 503, description: unavailable },
  key_store_unavailable: { status: 503, description: unavailable },
  replay_store_unavailable: { status: 503, description: unavailable },
  introspection_unavailable: { status: 503, description: unavailable },
  verification_unavailable: { status: 503, description: unavailable },
}

/** The token faults that clients may distinguish: those that are found only after the signature is verified. */
const publicFaults: Readonly<Partial<Record<TokenFault, RefusalCode>>> = {
  token_expired: 'token_expired',
  token_revoked: 'token_revoked',
}

/** The content of challenges, apart from the error. Challenges are built once per context object. */
export interface ChallengeContext {
  /** The accepted schemes. Each has a challenge. Default: `Bearer`. */
  readonly schemes?: readonly AuthenticationScheme[]
  /** The scheme that the request used. Only its challenge has the error. If undefined, every challenge has the error. */
  readonly used?: AuthenticationScheme | undefined
  readonly realm: string
  /** RFC 6750 §3. */
  readonly scope?: string | undefined
  /** RFC 9728 §5.1. */
  readonly resourceMetadata?: string | undefined
  /** RFC 9470 §3. */
  readonly acrValues?: string | undefined
  readonly maxAge?: string | undefined
}

/** For the log: the fault of the token or the proof if there is one, otherwise the same as the code. */
export type RefusalReason = RefusalCode | TokenFault | DpopFault | CertificateFault | (string & {})

interface RefusalOptions extends ErrorOptions {
  readonly reason?: RefusalReason
  /** Replaces the `error` that belongs to the code. */
  readonly error?: OAuthErrorCode
  /** Sent in addition to the challenge. */
  readonly headers?: HeaderValues | undefined
}

/**
 * Thrown for a refused request. It carries the answer in the properties that Express, Koa and Fastify read: `status`,
 * `statusCode`, `headers`, `expose`. `reason` and `cause` are for the log; no framework shows them to clients.
 */
export class RequestRefusedError extends PerRequestError<'RequestRefusedError'> {
  /** The reason that the client may see. Some frameworks write it into the body. */
  readonly code: RefusalCode
  readonly status: number
  readonly statusCode: number
  /** Headers of the answer. Frozen. Replaced as a whole when an adapter adds challenges that the application set. */
  headers: HeaderValues
  /** True if the message may be shown to the client. */
  readonly expose: boolean
  /** The OAuth error code of the answer. Absent if the request had no credentials or the token is not at fault. */
  readonly error: OAuthErrorCode | undefined
  readonly #reason: RefusalReason

  static {
    Object.defineProperty(this.prototype, inspect.custom, { value: inOneLine })
  }

  constructor(
    code: RefusalCode,
    context: ChallengeContext,
    { reason = code, error = refusals[code].error, headers, ...options }: RefusalOptions = {},
  ) {
    const refusal = refusals[code]
    super('RequestRefusedError', refusal.description, options)
    this.code = code
    this.status = refusal.status
    this.statusCode = refusal.status
    this.error = error
    this.expose = refusal.status < 500
    const own = refusal.status === 503 ? delayFor(options.cause) : challengesFor(code, error, context)
    this.headers = headers === undefined ? own : Object.freeze({ ...own, ...headers })
    this.#reason = reason
  }

  /** The exact reason, for the log. A getter, so that no serializer copies it into an answer. */
  get reason(): RefusalReason | undefined {
    // Serializers may read it from an object that only inherits from the error.
    return #reason in this ? this.#reason : undefined
  }

  /** Returns the answer as `application/json`, for applications that also want the error in the body. */
  toResponse(): HttpResponse {
    const body = {
      error: this.error ?? (this.status === 503 ? 'temporarily_unavailable' : 'unauthorized'),
      error_description: this.message,
    }
    return {
      status: this.status,
      headers: { ...this.headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
  }
}

const longestChain = 4

/** Prints the error and its causes in one line. Express logs the error of a request that no error handler answers. */
function inOneLine(this: RequestRefusedError): string {
  const parts: string[] = [this.name, this.message]
  let { cause } = this
  for (let depth = 0; depth < longestChain && isNativeError(cause); depth += 1) {
    // An outage that several requests share is the cause of the error of each, with the same message.
    if (cause.message !== parts.at(-1)) parts.push(cause.message)
    ;({ cause } = cause)
  }
  return parts.join(': ').replaceAll(/\s+/g, ' ')
}

/** Recognizes a refusal by name and code, so that errors of another copy of this package are recognized too. */
export function isRefusal(error: unknown): error is RequestRefusedError {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown }
  return name === 'RequestRefusedError' && Object.hasOwn(refusals, String(code))
}

/** Returns the refusal for a failed verification. A failure that is not the token's fault is a server-side failure. */
export function refusalFor(failure: unknown, context: ChallengeContext): RequestRefusedError {
  if (isErrorNamed('TokenError', failure)) {
    const code = publicFaults[failure.code] ?? 'token_invalid'
    return new RequestRefusedError(code, context, { cause: failure, reason: failure.code })
  }
  if (isErrorNamed('ProofError', failure)) {
    const { error, headers, fault: reason } = failure
    return new RequestRefusedError('proof_invalid', context, { cause: failure, reason, error, headers })
  }
  const code = isOutage(failure) ? failure.code : 'verification_unavailable'
  return new RequestRefusedError(code, context, { cause: failure })
}

/** Stays small: each context lives as long as its middleware. */
const built = new WeakMap<ChallengeContext, Map<string, HeaderValues>>()

function challengesFor(code: RefusalCode, error: OAuthErrorCode | undefined, context: ChallengeContext): HeaderValues {
  const known = built.get(context) ?? new Map<string, HeaderValues>()
  const name = `${code} ${error}`
  const headers = known.get(name) ?? buildChallenges(error, refusals[code].description, context)
  built.set(context, known.set(name, headers))
  return headers
}

/** RFC 9110 §11.6.1: one challenge for each scheme, each in a separate header line. */
function buildChallenges(
  error: OAuthErrorCode | undefined,
  description: string,
  { schemes = [bearer], used, ...context }: ChallengeContext,
): HeaderValues {
  const challenges = schemes.map(({ name, challengeParameters }) => {
    const hasError = error !== undefined && (used === undefined || used.name === name)
    return challenge(name, {
      realm: context.realm,
      error: hasError ? error : undefined,
      error_description: hasError ? description : undefined,
      scope: context.scope,
      acr_values: context.acrValues,
      max_age: context.maxAge,
      resource_metadata: context.resourceMetadata,
      ...challengeParameters,
    })
  })
  const [only = '', ...others] = challenges
  return Object.freeze({ 'WWW-Authenticate': others.length === 0 ? only : challenges })
}

function delayFor(cause: unknown): HeaderValues {
  return Object.freeze({ 'Retry-After': retryAfterOf(cause) })
}

const defaultRetryAfter = 5

/** RFC 9110 §10.2.3: in whole seconds. */
export function retryAfterOf(cause: unknown): string {
  const known = isOutage(cause) ? cause.retryAfter : undefined
  return String(known ?? defaultRetryAfter)
}

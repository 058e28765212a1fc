import { inspect } from 'node:util'
import { isNativeError } from 'node:util/types'
import { isErrorNamed, PerRequestError, type TokenFault } from '../errors.ts'
import { challenge } from './challenge.ts'
import type { HeaderValues, HttpResponse } from './request.ts'

/** RFC 6750 §3.1, RFC 9470 §3. */
export type OAuthErrorCode =
  'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'insufficient_user_authentication'

interface Refusal {
  readonly status: 400 | 401 | 403 | 503
  /** RFC 6750 §3.1: none when there were no credentials. */
  readonly error?: OAuthErrorCode
  /** Terse, and the same for every way in which a token can be wrong: it must not lead a forger to the next check. */
  readonly description: string
}

/** Why a request is refused, as far as its client may know. */
export type RefusalCode =
  | 'credentials_missing'
  | 'credentials_malformed'
  | 'credentials_repeated'
  | 'token_invalid'
  | 'token_expired'
  | 'token_revoked'
  | 'scope_insufficient'
  | 'claims_insufficient'
  | 'authentication_insufficient'
  | 'key_source_unavailable'
  | 'verification_unavailable'

const unavailable = 'The access token cannot be verified at the moment'

/** What HTTP says of each thing that can go wrong. */
const refusals: Readonly<Record<RefusalCode, Refusal>> = {
  credentials_missing: { status: 401, description: 'Authentication is required' },
  credentials_malformed: { status: 400, error: 'invalid_request', description: 'The credentials are malformed' },
  credentials_repeated: { status: 400, error: 'invalid_request', description: 'There is more than one access token' },
  token_invalid: { status: 401, error: 'invalid_token', description: 'The access token is invalid' },
  token_expired: { status: 401, error: 'invalid_token', description: 'The access token has expired' },
  token_revoked: { status: 401, error: 'invalid_token', description: 'The access token has been revoked' },
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
  verification_unavailable: { status: 503, description: unavailable },
}

/** The token faults that clients may tell apart: those that show only once the signature has held. */
const publicFaults: Readonly<Partial<Record<TokenFault, RefusalCode>>> = {
  token_expired: 'token_expired',
  token_revoked: 'token_revoked',
}

/** What a challenge names besides the error. The same object makes the same challenges: they are built once. */
export interface ChallengeContext {
  readonly realm: string
  /** RFC 6750 §3. */
  readonly scope?: string | undefined
  /** RFC 9728 §5.1. */
  readonly resourceMetadata?: string | undefined
  /** RFC 9470 §3. */
  readonly acrValues?: string | undefined
  readonly maxAge?: string | undefined
}

/** For the log: the fault of the token where there is one, else the same as the code. */
export type RefusalReason = RefusalCode | TokenFault

/**
 * A request that is refused. It carries its answer, in the form that Express, Koa and Fastify know: `status`,
 * `statusCode`, `headers`, `expose`. For the log there are `reason` and `cause`, which no framework shows to clients.
 */
export class RequestRefusedError extends PerRequestError<'RequestRefusedError'> {
  /** What the client may know. Some frameworks write it into the body. */
  readonly code: RefusalCode
  readonly status: number
  readonly statusCode: number
  /** Headers of the answer. Frozen; replaced as a whole when an adapter adds challenges that the application has set. */
  headers: HeaderValues
  /** Whether the message may be shown to the client. */
  readonly expose: boolean
  /** The OAuth error code of the answer. Absent where the request had no credentials, or the fault is not the token's. */
  readonly error: OAuthErrorCode | undefined
  readonly #reason: RefusalReason

  static {
    Object.defineProperty(this.prototype, inspect.custom, { value: inOneLine })
  }

  constructor(
    code: RefusalCode,
    context: ChallengeContext,
    { reason = code, ...options }: ErrorOptions & { readonly reason?: RefusalReason } = {},
  ) {
    const refusal = refusals[code]
    super('RequestRefusedError', refusal.description, options)
    this.code = code
    this.status = refusal.status
    this.statusCode = refusal.status
    this.error = refusal.error
    this.expose = refusal.status < 500
    this.headers = refusal.status === 503 ? delayFor(options.cause) : challengeFor(code, context)
    this.#reason = reason
  }

  /** What went wrong in particular, for the log. A getter, so that no serializer copies it into an answer. */
  get reason(): RefusalReason | undefined {
    // Serializers may ask an object that only inherits from the error.
    return #reason in this ? this.#reason : undefined
  }

  /** The answer as `application/json`, for applications that want the error in the body too. */
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

const longestChain = 5

/** With the messages of the causes. Express prints the error of every request that nothing else answers. */
function inOneLine(this: RequestRefusedError): string {
  const parts: string[] = [this.name, this.message]
  let { cause } = this
  while (isNativeError(cause) && parts.length <= longestChain) {
    parts.push(cause.message)
    ;({ cause } = cause)
  }
  return parts.join(': ').replaceAll(/\s+/g, ' ')
}

/** Recognizes a refusal by its name and code, also one of another copy of this package. */
export function isRefusal(error: unknown): error is RequestRefusedError {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown }
  return name === 'RequestRefusedError' && Object.hasOwn(refusals, String(code))
}

/** The refusal that follows from a failed verification. A failure that no token explains is trouble of ours. */
export function refusalFor(failure: unknown, context: ChallengeContext): RequestRefusedError {
  if (isErrorNamed('TokenError', failure)) {
    const code = publicFaults[failure.code] ?? 'token_invalid'
    return new RequestRefusedError(code, context, { cause: failure, reason: failure.code })
  }
  const isOutage = isErrorNamed('KeySourceUnavailableError', failure)
  return new RequestRefusedError(isOutage ? 'key_source_unavailable' : 'verification_unavailable', context, {
    cause: failure,
  })
}

/** Contexts are few: they live with the middleware that they belong to. */
const challenges = new WeakMap<ChallengeContext, Map<RefusalCode, HeaderValues>>()

function challengeFor(code: RefusalCode, context: ChallengeContext): HeaderValues {
  const built = challenges.get(context) ?? new Map<RefusalCode, HeaderValues>()
  const headers = built.get(code) ?? Object.freeze(buildChallenge(refusals[code], context))
  challenges.set(context, built.set(code, headers))
  return headers
}

function buildChallenge({ error, description }: Refusal, context: ChallengeContext): HeaderValues {
  const { realm, scope, resourceMetadata, acrValues, maxAge } = context
  const parameters = {
    realm,
    error,
    error_description: error && description,
    scope,
    acr_values: acrValues,
    max_age: maxAge,
    resource_metadata: resourceMetadata,
  }
  return { 'WWW-Authenticate': challenge('Bearer', parameters) }
}

function delayFor(cause: unknown): HeaderValues {
  return Object.freeze({ 'Retry-After': retryAfterOf(cause) })
}

const defaultRetryAfter = 5

/** RFC 9110 §10.2.3: in whole seconds. */
export function retryAfterOf(cause: unknown): string {
  const known = isErrorNamed('KeySourceUnavailableError', cause) ? cause.retryAfter : undefined
  return String(known ?? defaultRetryAfter)
}

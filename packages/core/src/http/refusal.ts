import { BearerKitError, KeySourceUnavailableError, TokenError } from '../errors.ts'
import { challenge } from './challenge.ts'
import type { HttpResponse } from './request.ts'

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

export type RefusalReason =
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
const refusals: Readonly<Record<RefusalReason, Refusal>> = {
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
const reasonFor: Readonly<Record<string, RefusalReason>> = {
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

/**
 * A request that is not let through. It carries its answer, in the form that Express, Koa and Fastify know:
 * `status`, `statusCode`, `headers`, `expose`. The reason for the log is in `code` and `cause`.
 */
export class RequestRefusedError extends BearerKitError {
  override readonly name = 'RequestRefusedError'
  /** What went wrong in particular: a {@link TokenFault}, or one of the HTTP protocol's own reasons. */
  readonly code: string
  readonly status: number
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  /** Whether the message may be shown to the client. */
  readonly expose: boolean
  /** The OAuth error code of the answer. Absent where the request had no credentials, or the fault is not the token's. */
  readonly error: OAuthErrorCode | undefined

  constructor(reason: RefusalReason, context: ChallengeContext, options: ErrorOptions & { code?: string } = {}) {
    const refusal = refusals[reason]
    super(refusal.description, options)
    this.code = options.code ?? reason
    this.status = refusal.status
    this.statusCode = refusal.status
    this.error = refusal.error
    this.expose = refusal.status < 500
    this.headers = refusal.status === 503 ? delayFor(options.cause) : challengeFor(reason, context)
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

/** The refusal that follows from a failed verification. What no token explains is trouble of ours. */
export function refusalFor(failure: unknown, context: ChallengeContext): RequestRefusedError {
  if (failure instanceof TokenError) {
    const reason = reasonFor[failure.code] ?? 'token_invalid'
    return new RequestRefusedError(reason, context, { cause: failure, code: failure.code })
  }
  const reason = failure instanceof KeySourceUnavailableError ? 'key_source_unavailable' : 'verification_unavailable'
  return new RequestRefusedError(reason, context, { cause: failure })
}

type Headers = Readonly<Record<string, string>>

/** Contexts are few: they live with the middleware that they belong to. */
const challenges = new WeakMap<ChallengeContext, Map<RefusalReason, Headers>>()

function challengeFor(reason: RefusalReason, context: ChallengeContext): Headers {
  const built = challenges.get(context) ?? new Map<RefusalReason, Headers>()
  const headers = built.get(reason) ?? Object.freeze(buildChallenge(refusals[reason], context))
  challenges.set(context, built.set(reason, headers))
  return headers
}

function buildChallenge({ error, description }: Refusal, context: ChallengeContext): Headers {
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

function delayFor(cause: unknown): Headers {
  return Object.freeze({ 'Retry-After': retryAfterOf(cause) })
}

const defaultRetryAfter = 5

/** RFC 9110 §10.2.3: in whole seconds. */
export function retryAfterOf(cause: unknown): string {
  const known = cause instanceof KeySourceUnavailableError ? cause.retryAfter : undefined
  return String(known ?? defaultRetryAfter)
}

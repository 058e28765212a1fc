import type { HeaderValues, HttpResponse } from '../http-message.ts'
import { tracingChannel } from '../platform.ts'
import { authenticationOf } from './authentication.ts'
import type { AuthContext } from './auth-context.ts'
import type { Continuation } from './outcome/continuation.ts'
import { isRefusal, type RefusalCode, type RefusalReason } from './refusals/refusal.ts'

/** The name of the tracing channel on which the outcome of every request is published, if anybody listens. */
export const requestChannel = 'bearerkit:request'

/** What is published of a request: once by `verifyJwt`, and once by each guard. Neither the token nor a claim of a user. */
export interface RequestTrace {
  /** Who decides about the request. */
  readonly step: 'authentication' | 'guard'
  /** The adapter, such as `express`. Undefined for an `Authenticator` of your own. */
  readonly framework: string | undefined
  /** Set when the outcome is known. `failed`: an error of the application, which is no refusal. */
  outcome?: 'passed' | 'refused' | 'failed'
  /** The scheme that presented the token. Undefined for a request without one. */
  scheme?: string
  /** The issuer of a token that was verified. A token that is not says nothing that can be trusted. */
  issuer?: string
  /** True if the token was in the cache of verified tokens. Undefined for a request without a token, and for guards. */
  remembered?: boolean
  /** The public reason of a refusal: one of a closed set, for metrics. */
  code?: RefusalCode
  /** The exact reason of a refusal, for the log. */
  reason?: RefusalReason | undefined
  /** The time until the outcome was known, in seconds. The time of later middleware is not part of it. */
  duration?: number
  /** The error of a request that did not pass. */
  error?: Error
}

const { start, end, asyncStart, asyncEnd, error: errors } = tracingChannel<unknown, RequestTrace>(requestChannel)

/** True while anybody listens to one of the channels. Asked for each request, so it is written out. */
export function isTraced(): boolean {
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    errors.hasSubscribers
  )
}

/** Publishes the outcome of a request before it is passed on, so that the time of the application does not count. */
export class TracedContinuation implements Continuation<never> {
  readonly #continuation: Continuation<never>
  readonly #request: object
  readonly #trace: RequestTrace
  readonly #since = performance.now()
  #isSettled = false
  #isSynchronous = true
  readonly answer?: (answer: HttpResponse, error: Error) => void

  /** Runs a step with a traced continuation. */
  static run(
    continuation: Continuation<never>,
    request: object,
    trace: Pick<RequestTrace, 'step' | 'framework'>,
    step: (traced: TracedContinuation) => void,
  ): void {
    const traced = new TracedContinuation(continuation, request, { ...trace })
    start.publish(traced.#trace)
    try {
      step(traced)
    } finally {
      if (!traced.#isSettled) end.publish(traced.#trace)
      traced.#isSynchronous = false
    }
  }

  private constructor(continuation: Continuation<never>, request: object, trace: RequestTrace) {
    this.#continuation = continuation
    this.#request = request
    this.#trace = trace
    if (continuation.answer === undefined) return
    this.answer = (answer, error) => {
      this.#settle(error)
      continuation.answer?.(answer, error)
    }
  }

  /** Notes the token that a request presents. */
  presents(scheme: string, remembered: boolean): void {
    Object.assign(this.#trace, { scheme, remembered })
  }

  pass(auth: AuthContext<never> | undefined, headers?: HeaderValues): void {
    this.#settle()
    this.#continuation.pass(auth, headers)
  }

  refuse(error: Error): void {
    this.#settle(error)
    this.#continuation.refuse(error)
  }

  /** Only the first outcome counts: a later one is an error of the application's own code after it. */
  #settle(error?: Error): void {
    if (this.#isSettled) return
    this.#isSettled = true
    const duration = (performance.now() - this.#since) / 1000
    Object.assign(this.#trace, { ...outcomeOf(error), ...tokenOf(this.#request), duration })
    if (!this.#isSynchronous) asyncStart.publish(this.#trace)
    if (error !== undefined) errors.publish(this.#trace)
    if (this.#isSynchronous) end.publish(this.#trace)
    else asyncEnd.publish(this.#trace)
  }
}

function outcomeOf(error: Error | undefined): Partial<RequestTrace> {
  if (error === undefined) return { outcome: 'passed' }
  if (!isRefusal(error)) return { outcome: 'failed', error }
  return { outcome: 'refused', code: error.code, reason: error.reason, error }
}

/** What `verifyJwt` has found out about the token. Nothing, if it has refused the request. */
function tokenOf(request: object): Partial<RequestTrace> {
  const { auth, issued } = authenticationOf(request) ?? {}
  const issuer = (issued ?? auth?.claims)?.iss
  return { ...(auth !== undefined && { scheme: auth.scheme }), ...(issuer !== undefined && { issuer }) }
}

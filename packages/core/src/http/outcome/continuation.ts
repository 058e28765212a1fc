import { isNativeError } from 'node:util/types'
import type { AuthContext, RegisteredClaims } from '../auth-context.ts'
import type { HttpResponse } from '../../http-message.ts'

/**
 * Receives the outcome of a request. Exactly one method is called, exactly once; only if it throws where nobody would
 * catch the error, `refuse` is called with that error: see {@link continueAfter}.
 */
export interface Continuation<Claims = RegisteredClaims> {
  /** The request goes on; `auth` is undefined for an anonymous request in optional mode. */
  pass(auth: AuthContext<Claims> | undefined): void
  /** The request is refused. A `RequestRefusedError` carries the answer; any other error is the application's. */
  refuse(error: Error): void
  /**
   * The request is refused, and the adapter sends the answer itself. Called in the place of `refuse` with
   * `respond: true`; without this method, `refuse` is called. The error is what `refuse` would be called with.
   */
  answer?(answer: HttpResponse, error: Error): void
}

const internalError: HttpResponse = { status: 500, headers: {}, body: '' }

/**
 * Continues once a promise settles. Nobody awaits the continuation, so an error that it throws would be an unhandled
 * rejection and end the process: a `next` can throw, or a property of the request that cannot be set. The error goes to
 * `refuse` instead, the framework's error path. If that throws too, the request is answered with 500, and the error becomes
 * a warning of the process.
 */
export function continueAfter<T>(
  pending: T | PromiseLike<T>,
  continuation: Pick<Continuation, 'refuse' | 'answer'>,
  onFulfilled: (value: T) => void,
  onRejected: (failure: unknown) => void,
): void {
  Promise.resolve(pending)
    // The second argument, not catch(): what the continuation throws is not a failure of what was waited for.
    .then(onFulfilled, onRejected)
    .catch((thrown: unknown) => continuation.refuse(asError(thrown)))
    .catch((thrown: unknown) => {
      const error = asError(thrown)
      process.emitWarning(error)
      continuation.answer?.(internalError, error)
    })
    .catch(() => undefined)
}

/** Always an error: frameworks take `undefined` in its place for success. */
export function asError(thrown: unknown, message = 'something was thrown that is no error'): Error {
  // Errors of another realm (Jest, `node:vm`) are not instances of this realm's `Error`.
  return isNativeError(thrown) || thrown instanceof Error ? thrown : new Error(message, { cause: thrown })
}

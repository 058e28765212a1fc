import type { AuthContext, RegisteredClaims } from '../auth-context.ts'
import type { HeaderValues, HttpResponse } from '../../http-message.ts'
import { emitWarning, isNativeError } from '../../platform.ts'

/**
 * Receives the outcome of a request. Exactly one method is called, exactly once. One exception: if the method throws
 * and no caller can catch the error, `refuse` is called with that error: see {@link continueAfter}.
 */
export interface Continuation<Claims = RegisteredClaims> {
  /**
   * The request continues. `auth` is undefined for an anonymous request in optional mode. The headers, if there are any,
   * belong on the answer of the application: see {@link setPassingHeaders}.
   */
  pass(auth: AuthContext<Claims> | undefined, headers?: HeaderValues): void
  /** The request is refused. A `RequestRefusedError` carries the answer; any other error is the application's. */
  refuse(error: Error): void
  /**
   * The request is refused, and the adapter sends the answer. Called instead of `refuse` with `respond: true`. Without
   * this method, `refuse` is called. The error is the one that `refuse` would receive.
   */
  answer?(answer: HttpResponse, error: Error): void
}

const internalError: HttpResponse = { status: 500, headers: {}, body: '' }

/**
 * Continues after a promise settles. Nothing awaits the continuation, so an error thrown in it would be an unhandled
 * rejection and end the process. It can throw: `next` may, or setting a property of the request. Such an error goes to
 * `refuse`, the framework's error path. If `refuse` throws too, the request is answered with 500 and the error becomes a
 * process warning.
 */
export function continueAfter<T>(
  pending: T | PromiseLike<T>,
  continuation: Pick<Continuation, 'refuse' | 'answer'>,
  onFulfilled: (value: T) => void,
  onRejected: (failure: unknown) => void,
): void {
  Promise.resolve(pending)
    // A second argument instead of catch(): an error of the continuation is not a rejection of the promise.
    .then(onFulfilled, onRejected)
    .catch((thrown: unknown) => continuation.refuse(asError(thrown)))
    .catch((thrown: unknown) => {
      const error = asError(thrown)
      emitWarning(error)
      continuation.answer?.(internalError, error)
    })
    .catch(() => undefined)
}

/** Always returns an error: frameworks treat `next(undefined)` as success. */
export function asError(thrown: unknown, message = 'a value that is not an Error was thrown'): Error {
  // Errors of another realm (Jest, `node:vm`) are not instances of this realm's `Error`.
  return isNativeError(thrown) || thrown instanceof Error ? thrown : new Error(message, { cause: thrown })
}

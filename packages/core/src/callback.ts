import { untilAborted, withDeadline } from './deadline.ts'

/**
 * Whether a callback's answer must be awaited. Any object with a `then` counts: Bluebird promises, query builders and
 * promises of another realm (Jest, `node:vm`) are not instances of this realm's `Promise`.
 */
export function isThenable<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  const isObject = (typeof answer === 'object' && answer !== null) || typeof answer === 'function'
  return isObject && typeof (answer as { then?: unknown }).then === 'function'
}

/**
 * Waits for a callback's answer, up to a deadline. The callback itself goes on: JavaScript cannot stop it.
 *
 * @param milliseconds up to 2^31 - 1
 * @param tooLate the error when the deadline passes. Default: one that says so
 */
export function answerWithin<T>(milliseconds: number, answer: PromiseLike<T>, tooLate?: () => Error): Promise<T> {
  return withDeadline(milliseconds, undefined, async (deadline) => {
    try {
      return await untilAborted(Promise.resolve(answer), deadline)
    } catch (error) {
      throw deadline.aborted && tooLate !== undefined ? tooLate() : error
    }
  })
}

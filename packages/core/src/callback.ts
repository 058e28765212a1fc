import { untilAborted, withDeadline } from './deadline.ts'

/**
 * True if a callback returned a promise. Checks for `then`, because Bluebird promises, query builders and promises from
 * another realm (Jest, `node:vm`) are not instances of this realm's `Promise`.
 */
export function isThenable<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  const isObject = (typeof answer === 'object' && answer !== null) || typeof answer === 'function'
  return isObject && typeof (answer as { then?: unknown }).then === 'function'
}

/**
 * Continues with a value at once, or with the value of a promise after it. Recognizes promises of other realms: Web
 * Cryptography returns them in Jest, and a promise that is taken for a value would count as true.
 */
export function continued<T, U>(value: T | Promise<T>, proceed: (value: T) => U | Promise<U>): U | Promise<U> {
  return isThenable(value) ? Promise.resolve(value).then(proceed) : proceed(value)
}

/** Returns the answer of a callback that must answer true or false at once. Undefined for any other answer. */
export function immediateAnswer(answer: unknown): boolean | undefined {
  if (typeof answer === 'boolean') return answer
  // Nothing awaits a promise, and without a handler its rejection would end the process.
  if (isThenable(answer)) Promise.resolve(answer).catch(() => undefined)
  return undefined
}

/**
 * Waits for a callback's promise, up to a deadline. The callback keeps running after it: JavaScript cannot stop it.
 *
 * @param milliseconds up to 2^31 - 1
 * @param tooLate creates the error for a missed deadline. Default: an error that says the deadline has passed
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

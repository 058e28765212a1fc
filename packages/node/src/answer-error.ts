import { isRefusal, type NodeResponse, sendAnswer } from '@bearerkit/core'

/**
 * Answers a request that was refused, as JSON with `error` and `error_description`. Any other error is answered with 500
 * and becomes a process warning. Does nothing if an answer was sent already.
 *
 * Call it in an error listener of your own after you have logged the error.
 */
export function answerError(error: unknown, _req: object, res: NodeResponse): void {
  if (isRefusal(error)) return sendAnswer(res, error.toResponse())
  warnOf(error)
  sendAnswer(res, { status: 500, headers: {}, body: '' })
}

/** Prints the error with its stack on standard error, unless the application listens to warnings. */
export function warnOf(error: unknown): void {
  const { name, message, stack: detail = '' } = error instanceof Error ? error : new Error(String(error))
  process.emitWarning(message, { type: name, detail })
}

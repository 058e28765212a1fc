import { isRefusal, type NodeResponse, sendAnswer } from '@bearerkit/core'

/** A response that can be cut off: `destroy` ends a connection of HTTP/1.1, `stream` is that of HTTP/2. */
export interface EndableResponse extends NodeResponse {
  destroy?(): unknown
  readonly stream?: { close(code: number): unknown }
}

/**
 * Answers a request that was refused, as JSON with `error` and `error_description`. Any other error is answered with 500
 * and becomes a process warning. An answer that was only begun is then cut off. Does nothing if an answer was sent already.
 *
 * Call it in an error listener of your own after you have logged the error.
 */
export function answerError(error: unknown, _req: object, res: EndableResponse): void {
  if (isRefusal(error)) return sendAnswer(res, error.toResponse())
  warnOf(error)
  if (res.headersSent === true && res.writableEnded !== true) return cutOff(res)
  sendAnswer(res, { status: 500, headers: {}, body: '' })
}

/** RFC 9113 §7. */
const internalError = 0x2

/** The client would wait for the rest for ever, or take the beginning for the whole. */
function cutOff(res: EndableResponse): void {
  if (res.stream === undefined) res.destroy?.()
  else res.stream.close(internalError)
}

/** Prints the error with its stack on standard error, unless the application listens to warnings. */
export function warnOf(error: unknown): void {
  const { name, message, stack: detail = '' } = error instanceof Error ? error : new Error(String(error))
  process.emitWarning(message, { type: name, detail })
}

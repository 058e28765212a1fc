import { RequestRefusedError } from './refusal.ts'
import type { HttpResponse } from './request.ts'

/**
 * The part of Node's `ServerResponse` that is used. Hosts other than the frameworks hand over stand-ins that may lack
 * any of it: with Socket.IO, middleware is often called with `{}`, and unit tests may leave the response out.
 */
export interface NodeResponse {
  readonly headersSent?: boolean | undefined
  readonly writableEnded?: boolean | undefined
  readonly destroyed?: boolean | undefined
  setHeader?(name: string, value: string): unknown
  writeHead?(status: number, headers: Readonly<Record<string, string>>): NodeResponse
  end?(body: string): unknown
}

/**
 * Sets the headers of a refusal, so that the challenge goes out whatever an error handler makes of the error.
 * Does nothing where the answer was sent already, by a timeout for example: Node's `setHeader` would throw.
 */
export function setRefusalHeaders(response: NodeResponse | undefined, error: Error): void {
  if (!(error instanceof RequestRefusedError) || isAnswered(response)) return
  for (const [name, value] of Object.entries(error.headers)) response?.setHeader?.(name, value)
}

/** Sends an answer, unless another one was sent already or the client has gone. */
export function sendAnswer(response: NodeResponse, { status, headers, body }: HttpResponse): void {
  if (isAnswered(response)) return
  response.writeHead?.(status, headers)
  response.end?.(body)
}

/** Whether nothing can be answered any more. */
function isAnswered(response: NodeResponse | undefined): boolean {
  return response?.headersSent === true || response?.writableEnded === true || response?.destroyed === true
}

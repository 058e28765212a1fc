import { isRefusal } from '../refusals/refusal.ts'
import type { HeaderValues, HttpResponse } from '../../http-message.ts'

/**
 * The part of Node's `ServerResponse` that is used. Hosts other than the frameworks hand over stand-ins that may lack
 * any of it: with Socket.IO, middleware is often called with `{}`, and unit tests may leave the response out.
 */
export interface NodeResponse {
  readonly headersSent?: boolean | undefined
  readonly writableEnded?: boolean | undefined
  readonly destroyed?: boolean | undefined
  statusCode?: number
  getHeader?(name: string): number | string | readonly string[] | undefined
  setHeader?(name: string, value: string | string[]): unknown
  end?(body: string): unknown
}

/**
 * Sets the headers of a refusal, so that the challenge goes out whatever an error handler makes of the error.
 * Does nothing where the answer was sent already, by a timeout for example: Node's `setHeader` would throw.
 */
export function setRefusalHeaders(response: NodeResponse = {}, error: Error): void {
  if (!isRefusal(error) || isAnswered(response)) return
  // On the error too: the default error handlers of the frameworks replace headers by those of the error.
  error.headers = Object.freeze(setHeaders(response, error.headers))
}

/** Sends an answer, unless another one was sent already or the client has gone. */
export function sendAnswer(response: NodeResponse, { status, headers, body }: HttpResponse): void {
  if (isAnswered(response)) return
  response.statusCode = status
  // For HEAD too, where Node does not count a body that it leaves out.
  if (body !== '') response.setHeader?.('Content-Length', String(Buffer.byteLength(body)))
  setHeaders(response, headers)
  response.end?.(body)
}

/** Sets the headers of an answer, beside challenges that the application has set. Returns what was set. */
export function setHeaders(response: NodeResponse, headers: HeaderValues): HeaderValues {
  const all = besideFormerChallenges(response, headers)
  for (const [name, value] of Object.entries(all)) response.setHeader?.(name, value)
  return all
}

/** Whether nothing can be answered any more. */
function isAnswered({ headersSent, writableEnded, destroyed }: NodeResponse): boolean {
  return headersSent === true || writableEnded === true || destroyed === true
}

const challengeHeader = 'WWW-Authenticate'

/** RFC 9110 §11.6.1: a challenge that the application set before stands beside ours, in a line of its own. */
function besideFormerChallenges(response: NodeResponse, headers: HeaderValues): HeaderValues {
  const ours = [headers[challengeHeader] ?? []].flat()
  const former = [response.getHeader?.(challengeHeader) ?? []].flat().map(String)
  const others = former.filter((challenge) => !ours.includes(challenge))
  if (ours.length === 0 || others.length === 0) return headers
  return { ...headers, [challengeHeader]: [...others, ...ours] }
}

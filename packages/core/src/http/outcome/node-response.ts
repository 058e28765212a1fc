import { isRefusal } from '../refusals/refusal.ts'
import type { HeaderValues, HttpResponse } from '../../http-message.ts'
import { Buffer } from '../../platform.ts'

/**
 * The part of Node's `ServerResponse` that is used. Every member is optional because other hosts pass stand-ins: with
 * Socket.IO, middleware is often called with `{}`, and unit tests may omit the response.
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
 * Sets the headers of a refusal, so that the challenge is sent no matter how an error handler answers.
 * Does nothing if an answer was sent already, for example by a timeout: Node's `setHeader` would throw.
 */
export function setRefusalHeaders(response: NodeResponse = {}, error: Error): void {
  if (!isRefusal(error) || isAnswered(response)) return
  // Also on the error: default error handlers replace the response's headers with those of the error.
  error.headers = Object.freeze(setHeaders(response, error.headers))
}

/**
 * Sets headers on the answer to a request that passes. The application may still replace them. Does nothing if an answer
 * was sent already.
 */
export function setPassingHeaders(response: NodeResponse = {}, headers: HeaderValues): void {
  if (!isAnswered(response)) setHeaders(response, headers)
}

/** Sends an answer, unless one was sent already or the client disconnected. */
export function sendAnswer(response: NodeResponse, { status, headers, body }: HttpResponse): void {
  if (isAnswered(response)) return
  response.statusCode = status
  // Also for HEAD: Node omits the body then, and does not count its length.
  if (body !== '') response.setHeader?.('Content-Length', String(Buffer.byteLength(body)))
  setHeaders(response, headers)
  response.end?.(body)
}

/** Sets the headers of an answer and keeps challenges that the application set. Returns the headers that were set. */
export function setHeaders(response: NodeResponse, headers: HeaderValues): HeaderValues {
  const all = besideFormerChallenges(response, headers)
  for (const [name, value] of Object.entries(all)) response.setHeader?.(name, value)
  return all
}

/** Returns true if an answer can no longer be sent. */
function isAnswered({ headersSent, writableEnded, destroyed }: NodeResponse): boolean {
  return headersSent === true || writableEnded === true || destroyed === true
}

const challengeHeader = 'WWW-Authenticate'

/** RFC 9110 §11.6.1: keeps a challenge that the application set before, in a separate header line. */
function besideFormerChallenges(response: NodeResponse, headers: HeaderValues): HeaderValues {
  const ours = [headers[challengeHeader] ?? []].flat()
  const former = [response.getHeader?.(challengeHeader) ?? []].flat().map(String)
  const others = former.filter((challenge) => !ours.includes(challenge))
  if (ours.length === 0 || others.length === 0) return headers
  return { ...headers, [challengeHeader]: [...others, ...ours] }
}

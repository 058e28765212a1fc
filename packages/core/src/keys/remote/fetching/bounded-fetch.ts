import { isThenable } from '../../../callback.ts'
import { KeySourceUnavailableError } from '../../../errors.ts'
import { untilAborted } from '../../../deadline.ts'
import { printableUrl } from '../../../printable.ts'
import { retryAfterOf } from '../policy/freshness.ts'
import { type FetchResponse, letGo, readBody, type ResponseHeaders, UnreadableBodyError } from './response-body.ts'

/** The platform's `fetch`, or one that uses a proxy or a client certificate. */
export type Fetch = (url: string, init: FetchInit) => PromiseLike<FetchResponse>

/** The options of a request: a subset of the platform's `RequestInit` that other implementations support too. */
export interface FetchInit {
  readonly headers: Record<string, string>
  readonly redirect: 'manual'
  readonly signal: AbortSignal
}

/**
 * Looks up `fetch` at every call, so that instrumentation that replaces it later is used too. Each connection serves
 * one request: keys are fetched only every few minutes, and no socket stays open in between.
 */
export const platformFetch: Fetch = (url, init) => {
  const headers = new Headers(init.headers)
  headers.set('connection', 'close')
  return fetch(url, { ...init, headers })
}

type HeaderFields = Readonly<Record<string, string>>

export interface FetchLimits {
  readonly fetch: Fetch
  readonly headersFor: (url: string, deadline: AbortSignal) => HeaderFields | Promise<HeaderFields>
  readonly maxBytes: number
  /** Applies to both the headers and the body. */
  readonly deadline: AbortSignal
}

/** RFC 9110 §12.5.1: also accepts any other type, because some servers would respond with 406 otherwise. */
const accept = 'application/json, application/jwk-set+json, */*;q=0.1'

/** The response: its status, and its body if it is a 200 with a JSON object. */
export interface FetchedDocument {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly document: Readonly<Record<string, unknown>> | undefined
}

/**
 * Fetches a JSON document. The origin is trusted to provide keys, but nothing else: no redirects, one deadline for
 * headers and body, and a size limit.
 *
 * @param conditions validators for a conditional request (RFC 9110 §13)
 * @throws KeySourceUnavailableError if no complete response arrives in time
 */
export async function fetchDocument(
  url: string,
  limits: FetchLimits,
  conditions: Readonly<Record<string, string>> = {},
): Promise<FetchedDocument> {
  try {
    limits.deadline.throwIfAborted()
    const given = limits.headersFor(url, limits.deadline)
    const own = isThenable(given) ? await given : given
    const response = await responseTo(url, { accept, ...own, ...conditions }, limits)
    const { status, headers } = response
    if (status === 200) return { status, headers, document: parseObject(await readBody(response, limits)) }
    letGo(response)
    return { status, headers, document: undefined }
  } catch (cause) {
    if (cause instanceof KeySourceUnavailableError) throw cause
    throw failure(url, cause, limits.deadline.aborted)
  }
}

/** Races every wait against the deadline: an injected fetch and its bodies may ignore the signal. */
async function responseTo(
  url: string,
  headers: Record<string, string>,
  { fetch, deadline: signal }: FetchLimits,
): Promise<FetchResponse> {
  // RFC 9700 §4.11: an open redirect anywhere on the origin could otherwise choose the keys.
  const response = Promise.resolve(fetch(url, { headers, redirect: 'manual', signal }))
  try {
    return await untilAborted(response, signal)
  } catch (error) {
    // A response after the deadline keeps its connection open until its body is cancelled.
    response.then(letGo).catch(() => undefined)
    throw error
  }
}

function failure(url: string, cause: unknown, isLate: boolean): KeySourceUnavailableError {
  const place = printableUrl(url)
  if (cause instanceof UnreadableBodyError) return new KeySourceUnavailableError(`${place}: ${cause.message}`)
  const reason = isLate ? 'no complete answer in time' : 'no answer'
  return new KeySourceUnavailableError(`${place}: ${reason}`, { cause, isTransient: !isLate })
}

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    return isObject ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** The delay after a 429 without `Retry-After` (RFC 6585 §4), in seconds. */
const retryAfter429 = 5

/**
 * Returns the error for a response that cannot be used. Honors `Retry-After` if the server sent one.
 *
 * @param note a possible explanation of the status
 */
export function unavailable(
  url: string,
  { status, headers }: FetchedDocument,
  now: number,
  note = '',
): KeySourceUnavailableError {
  const message = `${printableUrl(url)}: status ${status}${note}`
  const delay = retryAfterOf(headers, now)
  if (delay !== undefined) return new KeySourceUnavailableError(message, { retryAfter: delay / 1000 })
  if (status === 429) return new KeySourceUnavailableError(message, { retryAfter: retryAfter429, isTransient: true })
  return new KeySourceUnavailableError(message, { isTransient: status >= 500 })
}

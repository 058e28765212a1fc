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
  /** Left out for GET. */
  readonly method?: 'POST'
  readonly body?: string
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

export interface BoundedRequest {
  readonly headers: HeaderFields
  /** The body of a POST. Left out for GET. */
  readonly body?: string
}

export interface ExchangeLimits {
  readonly fetch: Fetch
  readonly maxBytes: number
  /** Applies to both the headers and the body. */
  readonly deadline: AbortSignal
}

/** The response: its status, and its body if it is a 200. */
export interface FetchedContent {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly content: string | undefined
}

/**
 * Sends a request and reads the response. The origin is trusted to answer it, but nothing else: no redirects, one deadline
 * for headers and body, and a size limit.
 *
 * @throws KeySourceUnavailableError if no complete response arrives in time
 */
export async function exchange(url: string, request: BoundedRequest, limits: ExchangeLimits): Promise<FetchedContent> {
  try {
    limits.deadline.throwIfAborted()
    const response = await responseTo(url, request, limits)
    const { status, headers } = response
    if (status === 200) return { status, headers, content: await readBody(response, limits) }
    letGo(response)
    return { status, headers, content: undefined }
  } catch (cause) {
    throw failure(url, cause, limits.deadline.aborted)
  }
}

export interface FetchLimits extends ExchangeLimits {
  readonly headersFor: (url: string, deadline: AbortSignal) => HeaderFields | Promise<HeaderFields>
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
 * Fetches a JSON document.
 *
 * @param conditions validators for a conditional request (RFC 9110 §13)
 * @throws KeySourceUnavailableError if no complete response arrives in time
 */
export async function fetchDocument(
  url: string,
  limits: FetchLimits,
  conditions: HeaderFields = {},
): Promise<FetchedDocument> {
  // After the deadline, the application's function is not called.
  const given = limits.deadline.aborted ? {} : limits.headersFor(url, limits.deadline)
  const own = isThenable(given) ? await given : given
  const { status, headers, content } = await exchange(url, { headers: { accept, ...own, ...conditions } }, limits)
  return { status, headers, document: content === undefined ? undefined : jsonObjectIn(content) }
}

/** Races every wait against the deadline: an injected fetch and its bodies may ignore the signal. */
async function responseTo(
  url: string,
  { headers, body }: BoundedRequest,
  { fetch, deadline: signal }: ExchangeLimits,
): Promise<FetchResponse> {
  const posted = body === undefined ? {} : ({ method: 'POST', body } as const)
  // RFC 9700 §4.11: an open redirect anywhere on the origin could otherwise choose the keys.
  const response = Promise.resolve(fetch(url, { headers: { ...headers }, redirect: 'manual', signal, ...posted }))
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

/** Returns undefined if the text is not a JSON object. */
export function jsonObjectIn(body: string): Readonly<Record<string, unknown>> | undefined {
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

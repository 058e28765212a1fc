import { isThenable } from '../../../callback.ts'
import { KeySourceUnavailableError } from '../../../errors.ts'
import { untilAborted } from '../../../deadline.ts'
import { printableUrl } from '../../../printable.ts'
import { retryAfterOf } from '../policy/freshness.ts'
import { type FetchResponse, letGo, readBody, type ResponseHeaders, UnreadableBodyError } from './response-body.ts'

/** The `fetch` of the platform, or one that goes through a proxy or with a client certificate. */
export type Fetch = (url: string, init: FetchInit) => PromiseLike<FetchResponse>

/** What a request has besides its URL: a part of the platform's `RequestInit`, which other implementations know too. */
export interface FetchInit {
  readonly headers: Record<string, string>
  readonly redirect: 'manual'
  readonly signal: AbortSignal
}

/**
 * `fetch` is looked up at every call, so that instrumentation that replaces it later is used too. Each connection serves
 * one request: keys are asked for every few minutes, and between that no socket is left behind.
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
  /** Ends the wait for headers and for the body alike. */
  readonly deadline: AbortSignal
}

/** RFC 9110 §12.5.1: the rest too, for servers that answer 406 where they know no better type. */
const accept = 'application/json, application/jwk-set+json, */*;q=0.1'

/** What came back: the status, and the body as an object where it was a 200 with one. */
export interface FetchedDocument {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly document: Readonly<Record<string, unknown>> | undefined
}

/**
 * Gets a JSON document from an origin that is trusted to name keys, and not trusted with anything else: no redirects,
 * one deadline over headers and body, a limit on what is read.
 *
 * @param conditions validators for a conditional request (RFC 9110 §13)
 * @throws KeySourceUnavailableError when no complete answer comes in time
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
    // Every wait is raced against the deadline: an injected fetch and its bodies may not heed the signal.
    const fetching = limits.fetch(url, {
      headers: { accept, ...own, ...conditions },
      // RFC 9700 §4.11: a redirect would let the origin's weakest page choose our keys.
      redirect: 'manual',
      signal: limits.deadline,
    })
    const response = await untilAborted(Promise.resolve(fetching), limits.deadline)
    const { status, headers } = response
    if (status === 200) return { status, headers, document: parseObject(await readBody(response, limits)) }
    letGo(response)
    return { status, headers, document: undefined }
  } catch (cause) {
    if (cause instanceof KeySourceUnavailableError) throw cause
    throw failure(url, cause, limits.deadline.aborted)
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

/** RFC 6585 §4: a 429 need not say for how long. In seconds. */
const retryAfter429 = 5

/**
 * The error for a response that cannot be used. Honors `Retry-After` if the server sent one.
 *
 * @param note what may explain the status
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

import { isThenable } from '../../callback.ts'
import { KeySourceUnavailableError } from '../../errors.ts'
import { untilAborted } from '../../deadline.ts'
import { printableUrl } from '../../printable.ts'
import { retryAfterOf } from './freshness.ts'

/** The `fetch` of the platform, or one that goes through a proxy or with a client certificate. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

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

/** What came back: the status, and the body as an object where it was a 200 with one. */
export interface FetchedDocument {
  readonly status: number
  readonly headers: Headers
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
      headers: { accept: 'application/json, application/jwk-set+json', ...own, ...conditions },
      // RFC 9700 §4.11: a redirect would let the origin's weakest page choose our keys.
      redirect: 'manual',
      signal: limits.deadline,
    })
    const response = await untilAborted(Promise.resolve(fetching), limits.deadline)
    const { status, headers, body } = response
    if (status === 200) return { status, headers, document: parseObject(await readBody(url, body, limits)) }
    void letGo(body)
    return { status, headers, document: undefined }
  } catch (cause) {
    if (cause instanceof KeySourceUnavailableError) throw cause
    const reason = limits.deadline.aborted ? 'no complete answer in time' : 'no answer'
    throw new KeySourceUnavailableError(`${printableUrl(url)}: ${reason}`, {
      cause,
      isTransient: !limits.deadline.aborted,
    })
  }
}

/** Passes over a byte order mark. */
const utf8 = new TextDecoder()

/** Counts while reading: what a length header claims, or a compressed body hides, does not matter. */
async function readBody(url: string, body: Response['body'], { deadline, maxBytes }: FetchLimits): Promise<string> {
  const reader = body?.getReader()
  const chunks: Uint8Array[] = []
  try {
    for (let bytes = 0; ;) {
      const { done, value } = await untilAborted(
        Promise.resolve(reader?.read() ?? { done: true, value: undefined }),
        deadline,
      )
      if (done) return utf8.decode(Buffer.concat(chunks))
      if (!isBytes(value)) throw new KeySourceUnavailableError(`${printableUrl(url)}: the body is not made of bytes`)
      chunks.push(value)
      // An empty chunk counts as a byte: endless empty chunks would otherwise never reach the limit, nor let a timer fire.
      bytes += Math.max(1, value.byteLength)
      if (bytes > maxBytes) throw new KeySourceUnavailableError(`${printableUrl(url)}: more than ${maxBytes} bytes`)
    }
  } catch (error) {
    void letGo(reader)
    throw error
  }
}

/** By its looks: in Jest the platform's arrays are of another realm. */
function isBytes(chunk: unknown): chunk is Uint8Array {
  return ArrayBuffer.isView(chunk)
}

/** Frees the connection. Nobody waits for it: a body of an injected fetch may never finish cancelling. */
async function letGo(body: { cancel(): Promise<void> } | null | undefined): Promise<void> {
  try {
    await body?.cancel()
  } catch {
    // The body has failed or ended: there is nothing left to free.
  }
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
  return new KeySourceUnavailableError(message, { isTransient: status >= 500 || status === 429 })
}

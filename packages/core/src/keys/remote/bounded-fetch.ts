import { KeySourceUnavailableError } from '../../errors.ts'

/** The `fetch` of the platform, or one that goes through a proxy or a client certificate. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** `fetch` is looked up at every call, so that instrumentation that replaces it later is used too. */
export const platformFetch: Fetch = (url, init) => fetch(url, init)

export interface FetchLimits {
  readonly fetch: Fetch
  readonly userAgent: string
  readonly maxBytes: number
  /** Ends the wait for headers and for the body alike. */
  readonly deadline: AbortSignal
}

/** What came back: the status, and the body as an object where it was a 200 with one. */
export interface FetchedDocument {
  readonly status: number
  readonly document: Readonly<Record<string, unknown>> | undefined
}

/**
 * Gets a JSON document from an origin that is trusted to name keys, and not trusted with anything else: no redirects,
 * one deadline over headers and body, a limit on what is read.
 *
 * @throws KeySourceUnavailableError when no complete answer comes in time
 */
export async function fetchDocument(url: string, limits: FetchLimits): Promise<FetchedDocument> {
  try {
    const response = await limits.fetch(url, {
      headers: { accept: 'application/json, application/jwk-set+json', 'user-agent': limits.userAgent },
      // RFC 9700 §4.11: a redirect would let the origin's weakest page choose our keys.
      redirect: 'manual',
      signal: limits.deadline,
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      return { status: response.status, document: undefined }
    }
    return { status: 200, document: parseObject(await readBody(response, limits)) }
  } catch (cause) {
    if (cause instanceof KeySourceUnavailableError) throw cause
    throw new KeySourceUnavailableError(
      `${url}: ${limits.deadline.aborted ? 'no complete answer in time' : 'no answer'}`,
      { cause },
    )
  }
}

/** Counts while reading: what a length header claims, or a compressed body hides, does not matter. */
async function readBody(response: Response, limits: FetchLimits): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  // A body that stalls is not always woken by the signal of its request: the reader is cancelled as well.
  const abandon = (): void => void reader?.cancel(limits.deadline.reason).catch(() => undefined)
  limits.deadline.addEventListener('abort', abandon, { once: true })
  try {
    for (;;) {
      const { done = true, value } = (await reader?.read()) ?? {}
      limits.deadline.throwIfAborted()
      if (done) return Buffer.concat(chunks).toString('utf8')
      bytes += value?.byteLength ?? 0
      if (value !== undefined) chunks.push(value)
      if (bytes > limits.maxBytes)
        throw new KeySourceUnavailableError(`${response.url}: more than ${limits.maxBytes} bytes`)
    }
  } catch (error) {
    abandon()
    throw error
  } finally {
    limits.deadline.removeEventListener('abort', abandon)
  }
}

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

import type { Clock, Fetch, FetchInit, FetchResponse, ResponseHeaders } from '@bearerkit/core'
import type { Runtime } from '../frame/runtime.ts'

/** A request to the issuer, and what became of it. Times are in milliseconds. */
export interface Exchange {
  readonly url: string
  /** True if the request had a validator, so that the answer may be 304. */
  readonly isConditional: boolean
  /** Since the epoch, by the clock of this machine. */
  readonly sentAt: number
  /** Until the headers of the answer. Undefined if there was none. */
  latency: number | undefined
  /** Until the end of the body, if it was read. */
  duration: number | undefined
  status: number | undefined
  headers: ResponseHeaders
  /** What was read of the body. Its reader limits it. */
  readonly body: Uint8Array[]
  /** Why there is no answer. */
  failure: string | undefined
}

const noHeaders: ResponseHeaders = { get: () => null }

/** Notes every exchange that goes through its `fetch`, which the verifier's own code uses. */
export class ExchangeLog {
  readonly exchanges: Exchange[] = []
  readonly #fetch: Fetch
  readonly #clock: Required<Clock>

  constructor({ fetch = platformFetch, clock }: Runtime) {
    this.#fetch = fetch
    const now = (): number => clock?.now() ?? Date.now()
    this.#clock = { now, monotonic: () => clock?.monotonic?.() ?? performance.now() }
  }

  /** Returns the first exchange with this URL. */
  with(url: string): Exchange | undefined {
    return this.exchanges.find((one) => one.url === url)
  }

  readonly fetch: Fetch = async (url, init) => {
    const exchange = this.#begin(url, init)
    const start = this.#clock.monotonic()
    const elapsed = (): number => this.#clock.monotonic() - start
    try {
      const response = await this.#fetch(url, init)
      exchange.latency = elapsed()
      exchange.status = response.status
      exchange.headers = response.headers
      return { status: response.status, headers: response.headers, body: new NotedBody(response, exchange, elapsed) }
    } catch (error) {
      exchange.failure = init.signal.aborted ? 'no answer in time' : reasonOf(error)
      throw error
    }
  }

  #begin(url: string, { headers }: FetchInit): Exchange {
    const exchange: Exchange = {
      url,
      isConditional: Object.keys(headers).some((name) => /^if-/i.test(name)),
      sentAt: this.#clock.now(),
      latency: undefined,
      duration: undefined,
      status: undefined,
      headers: noHeaders,
      body: [],
      failure: undefined,
    }
    this.exchanges.push(exchange)
    return exchange
  }
}

/** A body that keeps what its reader reads. The reader ends it when it is too long or too late. */
class NotedBody {
  readonly #body: ReadableStream<Uint8Array> | undefined
  readonly #exchange: Exchange
  readonly #elapsed: () => number
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined

  constructor({ body }: FetchResponse, exchange: Exchange, elapsed: () => number) {
    this.#body = body as ReadableStream<Uint8Array> | undefined
    this.#exchange = exchange
    this.#elapsed = elapsed
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.#reader = this.#body?.getReader()
    while (this.#reader !== undefined) {
      const { done, value } = await this.#read(this.#reader)
      if (done) break
      this.#exchange.body.push(value)
      yield value
    }
    this.#exchange.duration = this.#elapsed()
  }

  destroy(): void {
    const ending = this.#reader === undefined ? this.#body?.cancel() : this.#reader.cancel()
    ending?.catch(() => undefined)
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): ReturnType<typeof reader.read> {
    try {
      return await reader.read()
    } catch (error) {
      this.#exchange.failure = reasonOf(error)
      throw error
    }
  }
}

/** One connection for each request, as the verifier's own: nothing keeps the process alive afterwards. */
const platformFetch: Fetch = (url, init) => {
  const headers = new Headers(init.headers)
  headers.set('connection', 'close')
  return fetch(url, { ...init, headers })
}

/** The system's code says most: ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED. */
function reasonOf(error: unknown): string {
  const { cause, message } = Object(error) as { cause?: unknown; message?: unknown }
  const { code } = Object(cause) as { code?: unknown }
  return `no answer: ${typeof code === 'string' ? code : String(message)}`
}

/** Parses the body as a JSON object. Undefined if it is something else. */
export function documentIn({ status, body }: Exchange): Readonly<Record<string, unknown>> | undefined {
  if (status !== 200) return undefined
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(Buffer.concat(body)))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}

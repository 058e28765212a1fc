import { setTimeout } from 'node:timers/promises'
import { withBackgroundDeadline } from '../../../deadline.ts'
import { KeySourceUnavailableError } from '../../../errors.ts'
import type { FetchLimits } from './bounded-fetch.ts'
import { fetchIfChanged, fetchWhole, type JwksRequest, type JwksRequestSettings } from './jwks-document.ts'
import { JwksLocation, type LocationSettings } from './jwks-location.ts'
import { RequestHeaders, type RequestHeaderSettings } from './request-headers.ts'
import { type JwksDocument, SharedJwks } from './shared-jwks.ts'

/** All durations are in milliseconds. */
export interface DownloadSettings extends JwksRequestSettings, LocationSettings, RequestHeaderSettings {
  readonly random: () => number
}

/** Where a document comes from: `shared` if another issuer may have fetched it, or else the network. */
type Way = 'shared' | 'if changed' | 'whole'

/** How hard to ask. */
export interface DownloadOptions {
  readonly way: Way
  /** Metadata older than this is read again, in milliseconds. */
  readonly maxMetadataAge: number
}

/** One JWKS: fetched with one retry, and a deadline over all of it. */
export class JwksDownload {
  readonly #settings: DownloadSettings
  readonly #location: JwksLocation
  readonly #headers: RequestHeaders
  readonly #closing = new AbortController()
  #documents: SharedJwks | undefined
  #latest: JwksDocument | undefined
  #lastUrl: string | undefined

  constructor(settings: DownloadSettings) {
    this.#settings = settings
    this.#location = new JwksLocation(settings)
    this.#headers = new RequestHeaders(settings)
  }

  /** From now on, documents are shared with others who share them. */
  share(documents: SharedJwks): void {
    this.#documents = documents
  }

  /** The document that another issuer has fetched from the same URL since. */
  newer(): JwksDocument | undefined {
    const url = this.#lastUrl
    return url === undefined ? undefined : this.#documents?.newerThan(this.#latest, this.#request(url))
  }

  /** @throws KeySourceUnavailableError */
  download(options: DownloadOptions): Promise<JwksDocument> {
    const { fetch, maxBodyBytes: maxBytes, requestTimeout } = this.#settings
    const headersFor: FetchLimits['headersFor'] = (url, deadline) => this.#headers.of(url, deadline)
    return withBackgroundDeadline(requestTimeout, this.#closing.signal, async (deadline) => {
      return this.#withRetry({ fetch, headersFor, maxBytes, deadline }, options)
    })
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort(new KeySourceUnavailableError('the key provider was closed'))
  }

  async #withRetry(limits: FetchLimits, options: DownloadOptions): Promise<JwksDocument> {
    try {
      return await this.#attempt(limits, options)
    } catch (error) {
      // A server that says when to come back is where it was, and its metadata is left alone as well.
      if (!isBusy(error)) this.#location.doubt()
      if (!(await this.#isWorthRetrying(error, limits))) throw error
      return this.#attempt(limits, options)
    }
  }

  async #attempt(limits: FetchLimits, { way, maxMetadataAge }: DownloadOptions): Promise<JwksDocument> {
    const url = await this.#location.resolve(limits, maxMetadataAge)
    this.#lastUrl = url
    const document = await this.#documentBy(way, this.#request(url), limits.deadline)
    // A document that was asked for later may have come earlier.
    if (document.number > (this.#latest?.number ?? 0)) this.#latest = document
    return document
  }

  #documentBy(way: Way, request: JwksRequest, deadline: AbortSignal): Promise<JwksDocument> {
    const documents = (this.#documents ??= new SharedJwks(1))
    if (way === 'shared') return documents.obtain(request, deadline, this.#latest)
    return documents.ask(way === 'whole' ? fetchWhole : fetchIfChanged, request, deadline, this.#latest)
  }

  #request(url: string): JwksRequest {
    return { url, headers: this.#headers, settings: this.#settings }
  }

  /** Pauses before the answer. Where the deadline ends the pause, the error stays: it says what is wrong. */
  async #isWorthRetrying(error: unknown, limits: FetchLimits): Promise<boolean> {
    if (!(error instanceof KeySourceUnavailableError) || limits.deadline.aborted) return false
    const isWorthIt = error.isTransient || (!isBusy(error) && (await this.#hasMoved(limits)))
    const pause = (isBusy(error) ? pauseOfBusyServer : 0) + 100 * this.#settings.random()
    return isWorthIt && isOver(pause, limits.deadline)
  }

  /** A `jwks_uri` that stopped working may have moved. */
  async #hasMoved(limits: FetchLimits): Promise<boolean> {
    return this.#lastUrl !== undefined && (await this.#location.resolve(limits, 0)) !== this.#lastUrl
  }
}

/** The least pause before a server that wants fewer requests (429) is asked again, in milliseconds. */
const pauseOfBusyServer = 1000

function isBusy(error: unknown): boolean {
  return error instanceof KeySourceUnavailableError && error.retryAfter !== undefined
}

/** Waits; answers whether the deadline left time for all of it. */
async function isOver(pause: number, deadline: AbortSignal): Promise<boolean> {
  return setTimeout(pause, true, { ref: false, signal: deadline }).catch(() => false)
}

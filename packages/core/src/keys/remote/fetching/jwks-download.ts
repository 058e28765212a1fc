import { withBackgroundDeadline } from '../../../deadline.ts'
import { KeySourceUnavailableError } from '../../../errors.ts'
import { pause } from '../../../platform.ts'
import type { FetchLimits } from './bounded-fetch.ts'
import { fetchIfChanged, fetchWhole, type JwksRequest, type JwksRequestSettings } from './jwks-document.ts'
import { JwksLocation, type LocationSettings } from './jwks-location.ts'
import { RequestHeaders, type RequestHeaderSettings } from './request-headers.ts'
import { type JwksDocument, SharedJwks } from './shared-jwks.ts'

/** All durations are in milliseconds. */
export interface DownloadSettings extends JwksRequestSettings, LocationSettings, RequestHeaderSettings {
  readonly random: () => number
}

/** How to get a document: `shared` accepts one that another issuer fetched; the others always use the network. */
type Way = 'shared' | 'if changed' | 'whole'

/** How up to date the document and the metadata must be. */
export interface DownloadOptions {
  readonly way: Way
  /** Metadata older than this is read again, in milliseconds. */
  readonly maxMetadataAge: number
}

/** Downloads one JWKS, with one retry and one deadline for everything. */
export class JwksDownload {
  readonly #settings: DownloadSettings
  readonly #location: JwksLocation
  readonly #headers: RequestHeaders
  readonly #closing = new AbortController()
  #documents: SharedJwks | undefined
  #latest: JwksDocument | undefined
  #lastUrl: string | undefined

  /** @param documents the documents that the issuers of a verifier share. Default: created at the first fetch */
  constructor(settings: DownloadSettings, documents?: SharedJwks) {
    this.#settings = settings
    this.#documents = documents
    this.#location = new JwksLocation(settings)
    this.#headers = new RequestHeaders(settings)
  }

  /** Returns a newer document that another issuer has fetched from the same URL. */
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

  /** Ends downloads that are under way. */
  close(): void {
    this.#closing.abort(new KeySourceUnavailableError('the key provider was closed'))
  }

  async #withRetry(limits: FetchLimits, options: DownloadOptions): Promise<JwksDocument> {
    try {
      return await this.#attempt(limits, options)
    } catch (error) {
      // A server that sends `Retry-After` has not moved, so its metadata is not read again.
      if (!isBusy(error)) this.#location.doubt()
      if (!(await this.#isWorthRetrying(error, limits))) throw error
      return this.#attempt(limits, options)
    }
  }

  async #attempt(limits: FetchLimits, { way, maxMetadataAge }: DownloadOptions): Promise<JwksDocument> {
    const url = await this.#location.resolve(limits, maxMetadataAge)
    this.#lastUrl = url
    const document = await this.#documentBy(way, this.#request(url), limits.deadline)
    // A later request may have finished first.
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

  /**
   * Returns true, after a pause, if a retry may help. Returns false if the deadline ends the pause, so that the first
   * error is reported: it is more specific.
   */
  async #isWorthRetrying(error: unknown, limits: FetchLimits): Promise<boolean> {
    if (!(error instanceof KeySourceUnavailableError) || limits.deadline.aborted) return false
    const isWorthIt = error.isTransient || (!isBusy(error) && (await this.#hasMoved(limits)))
    const wait = (isBusy(error) ? pauseOfBusyServer : 0) + 100 * this.#settings.random()
    return isWorthIt && isOver(wait, limits.deadline)
  }

  /** Returns true if the metadata names another `jwks_uri` than before. */
  async #hasMoved(limits: FetchLimits): Promise<boolean> {
    return this.#lastUrl !== undefined && (await this.#location.resolve(limits, 0)) !== this.#lastUrl
  }
}

/** The minimum pause before a retry if the server wants fewer requests (429), in milliseconds. */
const pauseOfBusyServer = 1000

function isBusy(error: unknown): boolean {
  return error instanceof KeySourceUnavailableError && error.retryAfter !== undefined
}

/** Waits. Returns false if the deadline ended the pause early. */
async function isOver(wait: number, deadline: AbortSignal): Promise<boolean> {
  return pause(wait, true, { ref: false, signal: deadline }).catch(() => false)
}

import { setTimeout } from 'node:timers/promises'
import type { Clock } from '../../clock.ts'
import { KeySourceUnavailableError } from '../../errors.ts'
import { type Fetch, type FetchLimits, fetchDocument, unavailable } from './bounded-fetch.ts'
import { withBackgroundDeadline } from '../../deadline.ts'
import { type FreshnessRules, freshnessLifetime } from './freshness.ts'
import { JwksLocation } from './jwks-location.ts'
import { KeySet } from './key-set.ts'
import { RequestHeaders, type RequestHeaderSettings } from './request-headers.ts'

/** All durations are in milliseconds. */
export interface DownloadSettings extends FreshnessRules, RequestHeaderSettings {
  readonly requestTimeout: number
  readonly maxBodyBytes: number
  readonly maxKeys: number
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: () => number
}

/** How hard to ask. */
export interface DownloadOptions {
  /** Ask for the whole document, without validators: some servers answer 304 although the document has changed. */
  readonly whole: boolean
  /** Metadata older than this is read again, in milliseconds. */
  readonly maxMetadataAge: number
}

/** The answer: a new set, or that the old one still holds. */
export interface Download {
  readonly set: KeySet | 'not modified'
  readonly freshFor: number
}

/** One JWKS, fetched with validators, one retry, and a deadline over all of it. */
export class JwksDownload {
  readonly #settings: DownloadSettings
  readonly #location: JwksLocation
  readonly #headers: RequestHeaders
  readonly #closing = new AbortController()
  /** Of the document that we have, and where it was. */
  #validators: { readonly url: string; readonly conditions: Readonly<Record<string, string>> } | undefined

  #lastUrl: string | undefined

  constructor(settings: DownloadSettings) {
    this.#settings = settings
    this.#location = new JwksLocation(settings)
    this.#headers = new RequestHeaders(settings)
  }

  /** @throws KeySourceUnavailableError */
  download(options: DownloadOptions): Promise<Download> {
    const { fetch, maxBodyBytes: maxBytes, requestTimeout } = this.#settings
    const headersFor = (url: string): Readonly<Record<string, string>> => this.#headers.of(url)
    return withBackgroundDeadline(requestTimeout, this.#closing.signal, async (deadline) => {
      return this.#withRetry({ fetch, headersFor, maxBytes, deadline }, options)
    })
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort(new KeySourceUnavailableError('the key provider was closed'))
  }

  async #withRetry(limits: FetchLimits, options: DownloadOptions): Promise<Download> {
    try {
      return await this.#attempt(limits, options)
    } catch (error) {
      this.#location.doubt()
      if (!(error instanceof KeySourceUnavailableError) || limits.deadline.aborted) throw error
      const isElsewhere = error.isTransient || (await this.#hasMoved(limits))
      if (!isElsewhere) throw error
      await setTimeout(100 * this.#settings.random(), undefined, { ref: false })
      return this.#attempt(limits, options)
    }
  }

  async #attempt(limits: FetchLimits, { whole, maxMetadataAge }: DownloadOptions): Promise<Download> {
    const { clock, issuer, maxKeys } = this.#settings
    const url = await this.#location.resolve(limits, maxMetadataAge)
    this.#lastUrl = url
    const conditions = !whole && this.#validators?.url === url ? this.#validators.conditions : {}
    const answer = await fetchDocument(url, limits, conditions)
    const { headers, status, document } = answer
    const freshFor = freshnessLifetime(headers, this.#settings, clock.now())
    if (status === 304 && Object.keys(conditions).length > 0) return { set: 'not modified', freshFor }
    if (status !== 200) throw unavailable(url, answer, clock.now(), this.#headers.noteFor(url))
    const set = await KeySet.read(document, url, { maxKeys, issuer })
    this.#validators = { url, conditions: conditionsFor(headers) }
    return { set, freshFor }
  }

  /** A `jwks_uri` that stopped working may have moved. */
  async #hasMoved(limits: FetchLimits): Promise<boolean> {
    return this.#lastUrl !== undefined && (await this.#location.resolve(limits, 0)) !== this.#lastUrl
  }
}

/** RFC 9110 §13.1: the condition for each validator that the answer had. */
function conditionsFor(headers: Headers): Readonly<Record<string, string>> {
  const etag = headers.get('etag')
  const lastModified = headers.get('last-modified')
  return {
    ...(etag !== null && { 'if-none-match': etag }),
    ...(lastModified !== null && { 'if-modified-since': lastModified }),
  }
}

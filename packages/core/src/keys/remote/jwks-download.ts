import { setTimeout } from 'node:timers/promises'
import { type Clock, elapsedSince, type Moment, momentOf } from '../../clock.ts'
import { KeySourceUnavailableError } from '../../errors.ts'
import { type Fetch, type FetchedDocument, type FetchLimits, fetchDocument } from './bounded-fetch.ts'
import { discoverJwksUrl } from './discovery.ts'
import { type FreshnessRules, freshnessLifetime, retryAfterOf } from './freshness.ts'
import { KeySet } from './key-set.ts'

/** All durations are in milliseconds. */
export interface DownloadSettings extends FreshnessRules {
  readonly jwksUrl: string | undefined
  readonly issuer: string | undefined
  readonly jwksHosts: readonly string[] | undefined
  readonly requestTimeout: number
  readonly maxBodyBytes: number
  readonly maxKeys: number
  readonly userAgent: string
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: () => number
}

/** How hard to ask. */
export interface DownloadOptions {
  /** Without validators: the whole document, whatever we have. */
  readonly force: boolean
  /** Metadata older than this is read again, in milliseconds. */
  readonly maxMetadataAge: number
}

/** The answer: a new set, or that the old one still holds. */
export interface Download {
  readonly set: KeySet | 'not modified'
  readonly freshFor: number
}

/** One JWKS and the way to it: through metadata or direct, with validators, one retry, and a deadline over all of it. */
export class JwksDownload {
  readonly #settings: DownloadSettings
  readonly #closing = new AbortController()
  #discovered: { readonly url: string; readonly at: Moment } | undefined
  #validators: Readonly<Record<string, string>> = {}

  constructor(settings: DownloadSettings) {
    this.#settings = settings
  }

  /** @throws KeySourceUnavailableError */
  async download(options: DownloadOptions): Promise<Download> {
    const { fetch, headers, userAgent, maxBodyBytes: maxBytes, requestTimeout, random } = this.#settings
    const deadline = AbortSignal.any([AbortSignal.timeout(Math.ceil(requestTimeout)), this.#closing.signal])
    const limits = { fetch, headers: { 'user-agent': userAgent, ...headers }, maxBytes, deadline }
    const url = await this.#locate(limits, options.maxMetadataAge)
    try {
      return await this.#attempt(url, limits, options)
    } catch (error) {
      if (!(error instanceof KeySourceUnavailableError) || deadline.aborted) throw error
      // A `jwks_uri` that stopped working may have moved.
      const newUrl = await this.#locate(limits, 0)
      if (newUrl === url && !error.isTransient) throw error
      await setTimeout(100 * random(), undefined, { ref: false })
      return this.#attempt(newUrl, limits, options)
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#closing.abort(new KeySourceUnavailableError('the key provider was closed'))
  }

  /** Where the JWKS is. Metadata that cannot be read again leaves the place that was known. */
  async #locate(limits: FetchLimits, maxAge: number): Promise<string> {
    const { jwksUrl, issuer = '', jwksHosts, clock } = this.#settings
    if (jwksUrl !== undefined) return jwksUrl
    const known = this.#discovered
    if (known !== undefined && elapsedSince(known.at, clock) < maxAge) return known.url
    try {
      const url = await discoverJwksUrl(issuer, limits, jwksHosts)
      if (url !== known?.url) this.#validators = {}
      this.#discovered = { url, at: momentOf(clock) }
      return url
    } catch (error) {
      if (known === undefined) throw error
      return known.url
    }
  }

  async #attempt(url: string, limits: FetchLimits, { force }: DownloadOptions): Promise<Download> {
    const answer = await fetchDocument(url, limits, force ? {} : this.#validators)
    const { headers, status, document } = answer
    const { clock, maxKeys } = this.#settings
    const freshFor = freshnessLifetime(headers, this.#settings, clock.now())
    if (status === 304 && !force && Object.keys(this.#validators).length > 0) return { set: 'not modified', freshFor }
    if (status !== 200) throw unavailable(url, answer, clock.now())
    const set = await KeySet.read(document, url, maxKeys)
    this.#validators = validatorsOf(headers)
    return { set, freshFor }
  }
}

/** RFC 9110 §13.1: the condition for each validator that the answer had. */
function validatorsOf(headers: Headers): Readonly<Record<string, string>> {
  const etag = headers.get('etag')
  const lastModified = headers.get('last-modified')
  return {
    ...(etag !== null && { 'if-none-match': etag }),
    ...(lastModified !== null && { 'if-modified-since': lastModified }),
  }
}

/** A server that says when to come back is not asked again before. */
function unavailable(url: string, { status, headers }: FetchedDocument, now: number): KeySourceUnavailableError {
  const delay = retryAfterOf(headers, now)
  if (delay !== undefined)
    return new KeySourceUnavailableError(`${url}: status ${status}`, { retryAfter: delay / 1000 })
  return new KeySourceUnavailableError(`${url}: status ${status}`, { isTransient: status >= 500 || status === 429 })
}

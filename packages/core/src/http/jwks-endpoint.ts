import { createHash } from 'node:crypto'
import { type Clock, systemClock } from '../clock.ts'
import type { Duration } from '../configuration/duration.ts'
import { defaulting, duration, having, oneOf, readOptions, required } from '../configuration/options.ts'
import { KeySourceUnavailableError } from '../errors.ts'
import type { PublicJwkSet } from '../keys/key-provider.ts'
import type { JwksPublisher } from '../keys/key-roles.ts'
import { retryAfterOf } from './refusal.ts'
import type { HttpRequest, HttpResponse } from './request.ts'

export interface JwksEndpointOptions {
  /** `'all'` adds the keys that the provider fetched from elsewhere. Default `'local'`: the service's own. */
  include?: 'local' | 'all'
  /** For how long the answer may be cached; less where a key is due to change sooner. Default `'5m'`. */
  maxAge?: Duration
  /** Default: the system's. */
  clock?: Clock
}

interface EndpointSettings {
  readonly keys: JwksPublisher
  readonly include: 'local' | 'all'
  /** In milliseconds. */
  readonly maxAge: number
  readonly clock: Clock
}

/** What is made once for a set, however often it is asked for. */
interface SerializedSet {
  readonly set: PublicJwkSet
  readonly body: string
  readonly length: string
  readonly etag: string
}

/** Serves a provider's public keys: RFC 7517 §8.5.1, RFC 9110 §13. A request never changes anything. */
export class JwksEndpoint {
  readonly #settings: EndpointSettings
  #serialized: SerializedSet | undefined

  /** @throws ConfigurationError naming the option */
  constructor(keys: JwksPublisher, options: JwksEndpointOptions = {}) {
    this.#settings = readOptions<EndpointSettings>(
      'jwksHandler',
      { ...options, keys },
      {
        keys: required(having<JwksPublisher>('publishedJwks')),
        include: defaulting(oneOf<'local' | 'all'>('local', 'all'), 'local'),
        maxAge: defaulting(duration, 5 * 60_000),
        clock: defaulting(having<Clock>('now'), systemClock),
      },
    )
  }

  /** Answers 503 if remote keys are included and cannot be had. */
  async respond(request: HttpRequest): Promise<HttpResponse> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed
    try {
      return this.#answer(request, await this.#settings.keys.publishedJwks({ include: this.#settings.include }))
    } catch (error) {
      if (error instanceof KeySourceUnavailableError)
        return { status: 503, headers: { 'Retry-After': retryAfterOf(error) }, body: '' }
      throw error
    }
  }

  #answer(request: HttpRequest, set: PublicJwkSet): HttpResponse {
    const { body, length, etag } = this.#serialize(set)
    const headers = {
      'Cache-Control': `public, max-age=${this.#maxAge()}`,
      ETag: etag,
      'Access-Control-Allow-Origin': '*',
    }
    // RFC 9110 §15.4.5: a 304 repeats what a cache needs, and describes no body.
    if (matches(request.headers['if-none-match'], etag)) return { status: 304, headers, body: '' }
    const representation = { 'Content-Type': 'application/jwk-set+json', 'Content-Length': length }
    // For HEAD too: Node leaves the body out when it sends, and frameworks measure it.
    return { status: 200, headers: { ...headers, ...representation }, body }
  }

  /** In seconds. Nobody should still hold the old set when a key changes. */
  #maxAge(): number {
    const { keys, maxAge, clock } = this.#settings
    const untilChange = keys.nextKeyChange() - clock.now()
    return Math.floor(Math.max(0, Math.min(maxAge, untilChange)) / 1000)
  }

  #serialize(set: PublicJwkSet): SerializedSet {
    if (this.#serialized?.set !== set) {
      const body = JSON.stringify(set)
      const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
      this.#serialized = { set, body, length: String(Buffer.byteLength(body)), etag }
    }
    return this.#serialized
  }
}

/** RFC 9110 §15.5.6. */
const methodNotAllowed: HttpResponse = { status: 405, headers: { Allow: 'GET, HEAD' }, body: '' }

/** RFC 9110 §13.1.2: a list of entity tags, or `*`; weak comparison. */
function matches(condition: string | readonly string[] | undefined, etag: string): boolean {
  if (typeof condition !== 'string') return false
  return condition.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}

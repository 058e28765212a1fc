import { type Clock, systemClock } from '../../clock.ts'
import { answerWithin } from '../../callback.ts'
import type { Duration } from '../../configuration/duration.ts'
import { duration } from '../../configuration/duration-options.ts'
import { defaulting, having, oneOf, readOptions, required } from '../../configuration/options.ts'
import { KeySourceUnavailableError } from '../../errors.ts'
import type { PublicJwkSet } from '../../keys/key-specification.ts'
import type { JwksPublisher } from '../../keys/key-roles.ts'
import { asError } from '../outcome/continuation.ts'
import { answerToOther, answerWith, type PublicDocument, publicDocument, reads } from './public-document.ts'
import { retryAfterOf } from '../refusals/refusal.ts'
import type { HttpRequest, HttpResponse } from '../../http-message.ts'
import { isKeyOutage } from '../../recognized-errors.ts'

/** The options of `jwksHandler` and {@link JwksEndpoint}. */
export interface JwksEndpointOptions {
  /** `'local'` publishes the service's own keys, `'all'` also the keys that the provider fetched. Default `'local'`. */
  include?: 'local' | 'all'
  /** How long clients may cache the answer. Shorter if a key changes sooner. Default `'5m'`. */
  maxAge?: Duration
  /** Default: the system clock. */
  clock?: Clock
}

interface EndpointSettings {
  readonly keys: JwksPublisher
  readonly include: 'local' | 'all'
  /** In milliseconds. */
  readonly maxAge: number
  readonly clock: Clock
}

/** In milliseconds. The built-in providers have shorter deadlines; this one is for custom providers without one. */
const longestWait = 30_000

/** Serves a provider's public keys: RFC 7517 §8.5.1. Requests never change state. */
export class JwksEndpoint {
  readonly #settings: EndpointSettings
  #published: { readonly set: PublicJwkSet; readonly document: PublicDocument } | undefined

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

  /** Answers 503 if remote keys are included but unavailable, or if the provider does not answer within 30 seconds. */
  async respond(request: HttpRequest): Promise<HttpResponse> {
    if (!reads(request)) return answerToOther(request)
    try {
      return answerWith(this.#documentFor(await this.#publishedSet()), request, this.#maxAge())
    } catch (error) {
      if (!isKeyOutage(error)) throw asError(error)
      return { status: 503, headers: { 'Retry-After': retryAfterOf(error) }, body: '' }
    }
  }

  #publishedSet(): Promise<PublicJwkSet> {
    const { keys, include } = this.#settings
    return answerWithin(longestWait, keys.publishedJwks({ include }), tooLate)
  }

  /** In seconds. Caches must expire before a key changes. */
  #maxAge(): number {
    const { keys, maxAge, clock } = this.#settings
    const untilChange = keys.nextKeyChange() - clock.now()
    return Math.floor(Math.max(0, Math.min(maxAge, untilChange)) / 1000)
  }

  /** Serializes the set once per change, not per request. */
  #documentFor(set: PublicJwkSet): PublicDocument {
    if (this.#published?.set !== set) {
      this.#published = { set, document: publicDocument(set, 'application/jwk-set+json') }
    }
    return this.#published.document
  }
}

function tooLate(): KeySourceUnavailableError {
  return new KeySourceUnavailableError('the key provider did not answer within 30 seconds')
}

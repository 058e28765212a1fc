import { momentOf } from '../../clock.ts'
import { keepingProcessAlive } from '../../deadline.ts'
import { IntrospectionUnavailableError, TokenError } from '../../errors.ts'
import { isToken68 } from '../../http-token.ts'
import { jsonObjectIn } from '../../keys/remote/fetching/bounded-fetch.ts'
import { EventEmitter } from '../../platform.ts'
import { printableUrl } from '../../printable.ts'
import { isErrorNamed } from '../../recognized-errors.ts'
import { claimsIn, type JsonObject } from './introspection-answer.ts'
import { type IntrospectionEvents, IntrospectionReporter } from './introspection-events.ts'
import {
  type IntrospectionClientOptions,
  type IntrospectionSettings,
  readIntrospectionOptions,
} from './introspection-options.ts'
import { IntrospectionPolicy, type Reluctance } from './introspection-policy.ts'
import { IntrospectionRequest, RefusedRequestError } from './introspection-request.ts'
import { digestOf } from '../verified-token-cache.ts'
import { type ActiveAnswer, RememberedAnswers } from './remembered-answers.ts'
import { answerIn } from './signed-answer.ts'
import type { TokenIntrospection } from './token-introspection.ts'

/** The state of an introspection endpoint. Durations are in seconds. */
export interface IntrospectionHealth {
  /** Undefined until it was discovered. */
  readonly endpoint: string | undefined
  /** `unknown`: nothing was asked yet. `unavailable`: an outage. Tokens with a current answer still pass. */
  readonly state: 'unknown' | 'available' | 'unavailable'
  /** The error of the last request, if it failed. */
  readonly lastError: IntrospectionUnavailableError | undefined
  /** The time until the next request is allowed during an outage. */
  readonly retryIn: number
  /** The number of answers in memory. */
  readonly remembered: { readonly active: number; readonly refused: number }
}

/**
 * Asks an issuer about opaque tokens (RFC 7662), and remembers the answers. `verifyJwt` creates one from its option
 * `introspection`. Create it yourself to see its events and its health:
 *
 * ```ts
 * import { IntrospectionClient, TokenVerifier } from '@bearerkit/core'
 *
 * const issuer = 'https://issuer.example.com'
 * const introspection = new IntrospectionClient({ issuer, clientId: 'orders', clientSecret: 'a secret' })
 * introspection.on('introspectionUnavailable', ({ error }) => console.error(error))
 * const verifier = new TokenVerifier({ issuer, audience: 'https://api.example.com', introspection })
 * ```
 */
export class IntrospectionClient extends EventEmitter<IntrospectionEvents> implements TokenIntrospection {
  readonly #settings: IntrospectionSettings
  readonly #request: IntrospectionRequest
  readonly #policy: IntrospectionPolicy
  readonly #answers: RememberedAnswers
  readonly #reporter: IntrospectionReporter
  /** The requests in progress, by the digest of their token. Concurrent callers share one. */
  readonly #underWay = new Map<string, Promise<ActiveAnswer>>()
  #lastError: IntrospectionUnavailableError | undefined
  #hasAnswered = false

  /** @throws ConfigurationError naming the option */
  constructor(options: IntrospectionClientOptions, owner = 'IntrospectionClient') {
    super()
    this.#settings = readIntrospectionOptions(options, owner)
    this.#request = new IntrospectionRequest(this.#settings)
    this.#policy = new IntrospectionPolicy(this.#settings)
    this.#answers = new RememberedAnswers(this.#settings)
    this.#reporter = new IntrospectionReporter(this, printableUrl(this.#settings.issuer))
  }

  get issuer(): string {
    return this.#settings.issuer
  }

  get asksAboutJwts(): boolean {
    return this.#settings.jwt === 'also'
  }

  /** Returns a remembered answer, or that to one request that concurrent callers share. */
  async introspect(token: string): Promise<ActiveAnswer> {
    // RFC 6750 §2.1. Other text is not a token of any issuer.
    if (!isToken68(token)) throw new TokenError('token_malformed')
    const digest = digestOf(token)
    const known = this.#answers.recall(digest)
    if (known !== undefined) return known
    const asking = this.#underWay.get(digest) ?? this.#start(token, digest)
    return keepingProcessAlive(asking)
  }

  /** Returns the state of the issuer and of the remembered answers. Does not ask the issuer. */
  health(): IntrospectionHealth {
    const { isOutage, retryIn } = this.#policy
    const state = isOutage ? 'unavailable' : this.#hasAnswered ? 'available' : 'unknown'
    return {
      endpoint: this.#request.endpoint,
      state,
      lastError: this.#lastError,
      retryIn: retryIn / 1000,
      remembered: this.#answers.sizes,
    }
  }

  close(): void {
    this.#request.close()
  }

  #start(token: string, digest: string): Promise<ActiveAnswer> {
    const asking = this.#ask(token, digest).finally(() => this.#underWay.delete(digest))
    this.#underWay.set(digest, asking)
    return asking
  }

  async #ask(token: string, digest: string): Promise<ActiveAnswer> {
    const wasActive = this.#answers.wasActive(digest)
    const reluctance = this.#policy.admit(wasActive)
    if (reluctance !== undefined) throw this.#reluctant(reluctance)
    const askedAt = momentOf(this.#settings.clock)
    try {
      const claims = await this.#answerAbout(token)
      this.#answered(true, wasActive)
      return this.#answers.rememberActive(digest, claims, askedAt)
    } catch (error) {
      if (!(error instanceof TokenError)) throw this.#failed(error)
      this.#answered(false, wasActive)
      this.#answers.rememberRefusal(digest, error, askedAt)
      throw error
    }
  }

  async #answerAbout(token: string): Promise<JsonObject> {
    const { issuer, accept, keys } = this.#settings
    const read = (content: string): unknown => {
      return accept === 'jwt' && keys !== undefined ? answerIn(content, keys, this.#settings) : jsonObjectIn(content)
    }
    return claimsIn(await this.#request.send(token, read), issuer)
  }

  #answered(isActive: boolean, wasActive: boolean): void {
    this.#policy.answered(isActive, wasActive)
    this.#hasAnswered = true
    this.#lastError = undefined
    this.#reporter.answered()
  }

  #failed(cause: unknown): IntrospectionUnavailableError {
    const error = isErrorNamed('IntrospectionUnavailableError', cause) ? cause : failureOf(cause)
    if (error instanceof RefusedRequestError) this.#policy.refused()
    else this.#policy.failed(error.retryAfter === undefined ? undefined : error.retryAfter * 1000)
    this.#lastError = error
    const { isOutage, retryIn } = this.#policy
    this.#reporter.failed(error, isOutage, retryIn)
    return error
  }

  #reluctant(reluctance: Reluctance): IntrospectionUnavailableError {
    const { message, retryIn } = reluctances[reluctance]
    const retryAfter = retryIn(this.#policy) / 1000
    return new IntrospectionUnavailableError(`${printableUrl(this.#settings.issuer)}: ${message}`, {
      retryAfter,
      ...(this.#lastError !== undefined && reluctance === 'outage' && { cause: this.#lastError }),
    })
  }
}

const reluctances: Readonly<
  Record<Reluctance, { readonly message: string; readonly retryIn: (policy: IntrospectionPolicy) => number }>
> = {
  outage: { message: 'the issuer did not answer, and is not asked again yet', retryIn: ({ retryIn }) => retryIn },
  overspent: { message: 'too many unknown tokens: the issuer is not asked about more of them', retryIn: () => 1000 },
}

/** An outage of the issuer's keys, and whatever else goes wrong on the way to an answer. */
function failureOf(cause: unknown): IntrospectionUnavailableError {
  const retryAfter = isErrorNamed('KeySourceUnavailableError', cause) ? cause.retryAfter : undefined
  return new IntrospectionUnavailableError('the answer of the issuer cannot be used', {
    cause,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

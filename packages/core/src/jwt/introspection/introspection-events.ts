import type { EventEmitter } from 'node:events'
import type { IntrospectionUnavailableError } from '../../errors.ts'
import { callListeners } from '../../listeners.ts'
import { channel } from '../../platform.ts'

/** The events of an {@link IntrospectionClient}. Durations are in seconds. Events contain no tokens or secrets. */
export interface IntrospectionEvents {
  /** The issuer did not answer about a token. `retryIn` is 0 unless it is an outage. */
  introspectionFailed: [{ error: IntrospectionUnavailableError; retryIn: number }]
  /** So many requests have failed that the issuer counts as unavailable. Emitted once for each outage. */
  introspectionUnavailable: [{ error: IntrospectionUnavailableError }]
  /** The issuer has answered again after an outage. */
  introspectionAvailable: [Record<string, never>]
}

/** The name of the `diagnostics_channel` on which every event of every client is published, for tracing tools. */
export const introspectionChannel = 'bearerkit:introspection'

const diagnostics = channel(introspectionChannel)

/** Reports to the listeners of a client, and to the diagnostics channel. */
export class IntrospectionReporter {
  readonly #emitter: EventEmitter<IntrospectionEvents>
  readonly #issuer: string
  #isDown = false

  constructor(emitter: EventEmitter<IntrospectionEvents>, issuer: string) {
    this.#emitter = emitter
    this.#issuer = issuer
  }

  answered(): void {
    if (this.#isDown) this.#report('introspectionAvailable', {})
    this.#isDown = false
  }

  /** @param retryIn in milliseconds */
  failed(error: IntrospectionUnavailableError, isOutage: boolean, retryIn: number): void {
    this.#report('introspectionFailed', { error, retryIn: retryIn / 1000 })
    if (isOutage && !this.#isDown) this.#report('introspectionUnavailable', { error })
    this.#isDown ||= isOutage
  }

  #report<E extends keyof IntrospectionEvents>(event: E, detail: IntrospectionEvents[E][0]): void {
    if (diagnostics.hasSubscribers) diagnostics.publish({ issuer: this.#issuer, event, ...detail })
    callListeners(this.#emitter, event, detail)
  }
}

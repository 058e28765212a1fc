import type { EventEmitter } from 'node:events'
import type { KeyStoreUnavailableError } from '../errors.ts'
import { callListeners } from '../listeners.ts'

/** A record that cannot be used, and the reason. Contains nothing else from the record. */
export interface RecordNote {
  /** The id of the record in the store. */
  readonly id: string
  readonly reason: string
}

/** The events of every replica. Durations are in seconds. */
export interface ReplicaEvents {
  /** The store could not be read. */
  refreshFailed: [{ error: KeyStoreUnavailableError; retryIn: number }]
  /** The store could not be read. Emitted once for each outage. */
  storeUnavailable: [{ error: KeyStoreUnavailableError }]
  /** A record cannot be used. It stays unchanged in the store. */
  recordSetAside: [RecordNote]
}

/** Reports the failed reads of a replica. */
export class OutageReporter {
  readonly #emitter: EventEmitter
  #isDown = false

  constructor(emitter: EventEmitter) {
    this.#emitter = emitter
  }

  refreshed(): void {
    this.#isDown = false
  }

  failed(error: KeyStoreUnavailableError, retryIn: number): void {
    if (!this.#isDown) callListeners(this.#emitter, 'storeUnavailable', { error })
    this.#isDown = true
    callListeners(this.#emitter, 'refreshFailed', { error, retryIn: retryIn / 1000 })
  }
}

import type { EventEmitter } from 'node:events'
import type { KeyStoreUnavailableError } from '../../errors.ts'
import { callListeners } from '../../listeners.ts'
import type { KeyVersion } from '../local/ring/key-version.ts'
import type { KeyIdentity } from '../remote/sets/key-set-changes.ts'
import type { RecordChanges, RecordNote } from './stored-families.ts'

/** The events of a {@link StoredKeyProvider}. Durations are in seconds. They contain no secret. */
export interface StoredKeyEvents {
  /** The store was read. */
  refreshed: [{ keys: number }]
  /** The store could not be read. */
  refreshFailed: [{ error: KeyStoreUnavailableError; retryIn: number }]
  /** The store could not be read. Emitted once for each outage. */
  storeUnavailable: [{ error: KeyStoreUnavailableError }]
  /** The store was emptied, replaced or restored from a backup. Keys that it no longer contains are removed here too. */
  storeReset: [{ store: string }]
  keyAdded: [KeyIdentity]
  keyRemoved: [KeyIdentity]
  /** A kid has new key material. BearerKit itself never does that. */
  keyChanged: [KeyIdentity]
  /** A record cannot be used. It stays unchanged in the store. */
  recordSetAside: [RecordNote]
}

/** Reports to the listeners of a provider. */
export class StoredKeyReporter {
  readonly #emitter: EventEmitter<StoredKeyEvents>
  #isDown = false

  constructor(emitter: EventEmitter<StoredKeyEvents>) {
    this.#emitter = emitter
  }

  changed({ added, removed, changed, setAside }: RecordChanges): void {
    for (const key of added) this.report('keyAdded', identityOf(key))
    for (const key of removed) this.report('keyRemoved', identityOf(key))
    for (const key of changed) this.report('keyChanged', identityOf(key))
    for (const note of setAside) this.report('recordSetAside', note)
  }

  refreshed(keys: number): void {
    this.#isDown = false
    this.report('refreshed', { keys })
  }

  failed(error: KeyStoreUnavailableError, retryIn: number): void {
    if (!this.#isDown) this.report('storeUnavailable', { error })
    this.#isDown = true
    this.report('refreshFailed', { error, retryIn: retryIn / 1000 })
  }

  report<E extends keyof StoredKeyEvents>(event: E, detail: StoredKeyEvents[E][0]): void {
    callListeners(this.#emitter, event, detail)
  }
}

function identityOf({ publishedKid, row, thumbprint }: KeyVersion): KeyIdentity {
  return { kid: publishedKid, alg: row.alg, thumbprint }
}

import type { EventEmitter } from 'node:events'
import type { KeyStoreUnavailableError } from '../../errors.ts'
import { callListeners } from '../../listeners.ts'
import type { KeyVersion } from '../local/ring/key-version.ts'
import type { KeyIdentity } from '../remote/sets/key-set-changes.ts'
import type { RecordChanges, RecordNote } from './stored-families.ts'

/** What a {@link StoredKeyProvider} reports. Durations are in seconds. Nothing in it is a secret. */
export interface StoredKeyEvents {
  /** The store was read. */
  refreshed: [{ keys: number }]
  /** It could not be read. */
  refreshFailed: [{ error: KeyStoreUnavailableError; retryIn: number }]
  /** The same, once for each outage. */
  storeUnavailable: [{ error: KeyStoreUnavailableError }]
  /** The store was emptied, replaced, or restored from a backup: keys that it no longer has are gone here too. */
  storeReset: [{ store: string }]
  keyAdded: [KeyIdentity]
  keyRemoved: [KeyIdentity]
  /** The same kid has new material. Nothing of ours does that. */
  keyChanged: [KeyIdentity]
  /** A record cannot be used. It is left as it is in the store. */
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

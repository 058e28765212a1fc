import type { EventEmitter } from 'node:events'
import type { KeyStoreUnavailableError } from '../../errors.ts'
import { callListeners } from '../../listeners.ts'
import type { KeyVersion } from '../local/ring/key-version.ts'
import type { KeyIdentity } from '../remote/sets/key-set-changes.ts'
import { OutageReporter, type ReplicaEvents } from '../../replication/replica-events.ts'
import type { RecordChanges } from './record-changes.ts'

/** The events of a {@link StoredKeyProvider}. Durations are in seconds. They contain no secret. */
export interface StoredKeyEvents extends ReplicaEvents {
  /** The store was read. */
  refreshed: [{ keys: number }]
  /** The store was emptied, replaced or restored from a backup. Keys that it no longer contains are removed here too. */
  storeReset: [{ store: string }]
  keyAdded: [KeyIdentity]
  keyRemoved: [KeyIdentity]
  /** A kid has new key material. BearerKit itself never does that. */
  keyChanged: [KeyIdentity]
}

/** Reports to the listeners of a provider. */
export class StoredKeyReporter {
  readonly #emitter: EventEmitter<StoredKeyEvents>
  readonly #outages: OutageReporter

  constructor(emitter: EventEmitter<StoredKeyEvents>) {
    this.#emitter = emitter
    this.#outages = new OutageReporter(emitter)
  }

  changed({ added, removed, changed, setAside }: RecordChanges): void {
    for (const key of added) this.report('keyAdded', identityOf(key))
    for (const key of removed) this.report('keyRemoved', identityOf(key))
    for (const key of changed) this.report('keyChanged', identityOf(key))
    for (const note of setAside) this.report('recordSetAside', note)
  }

  refreshed(keys: number): void {
    this.#outages.refreshed()
    this.report('refreshed', { keys })
  }

  failed(error: KeyStoreUnavailableError, retryIn: number): void {
    this.#outages.failed(error, retryIn)
  }

  report<E extends keyof StoredKeyEvents>(event: E, detail: StoredKeyEvents[E][0]): void {
    callListeners(this.#emitter, event, detail)
  }
}

function identityOf({ publishedKid, row, thumbprint }: KeyVersion): KeyIdentity {
  return { kid: publishedKid, alg: row.alg, thumbprint }
}

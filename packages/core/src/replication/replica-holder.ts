import type { KeyStoreUnavailableError } from '../errors.ts'
import type { StoreContents, StoredRecord } from '../stores/key-store.ts'

/** Receives what a replica reads. */
export interface ReplicaHolder {
  /** Stores the contents. If it throws, the read counts as failed. */
  take(contents: StoreContents): Promise<void>
  /** Stores a part of a read that continues. If left out, the replica collects the parts for `take`. */
  takePart?(part: readonly StoredRecord[]): void
  refreshed(): void
  failed(error: KeyStoreUnavailableError, retryIn: number): void
}

import type { KeyStoreUnavailableError } from '../errors.ts'
import type { Replica } from './replica.ts'

/** The state of a copy of a store. Durations are in seconds. */
export interface ReplicaHealth {
  readonly store: string
  /** `fresh`: the last read succeeded. `stale`: it failed, and the copy is used. `expired`: the copy is too old. */
  readonly state: 'fresh' | 'stale' | 'expired'
  /** The time since the last successful read. */
  readonly age: number | undefined
  /** The error of the last read, if it failed. */
  readonly lastError: KeyStoreUnavailableError | undefined
}

export function replicaHealth({ age, lastError, isUsable, storeName }: Replica): ReplicaHealth {
  const usable = lastError === undefined ? 'fresh' : 'stale'
  return {
    store: storeName,
    state: isUsable ? usable : 'expired',
    age: age === undefined ? undefined : age / 1000,
    lastError,
  }
}

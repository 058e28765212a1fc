import type { KeyStoreUnavailableError } from '../../errors.ts'
import { isSetAside } from './records/read-record.ts'
import type { RecordNote } from './stored-families.ts'
import type { StoredKeys } from './stored-keys.ts'

/** The state of a {@link StoredKeyProvider}. Durations are in seconds. */
export interface StoredKeyHealth {
  readonly store: string
  /** `fresh`: the last read succeeded. `stale`: it failed, and the copy is used. `expired`: the copy is too old. */
  readonly state: 'fresh' | 'stale' | 'expired'
  /** The time since the last successful read. */
  readonly age: number | undefined
  /** The error of the last read, if it failed. */
  readonly lastError: KeyStoreUnavailableError | undefined
  /** The published kids. */
  readonly kids: readonly string[]
  /** Records that cannot be used. */
  readonly setAside: readonly RecordNote[]
  /**
   * The number of records for each encryption key, by a short name that is derived from the key; `none` for unencrypted
   * records. The first of `encryptionKeys` comes first. A key that is not listed is no longer needed.
   */
  readonly encryptedWith: Readonly<Record<string, number>>
}

export function healthOf(keys: StoredKeys, store: string): StoredKeyHealth {
  const { age, lastError, isUsable } = keys.replica
  const usable = lastError === undefined ? 'fresh' : 'stale'
  return {
    store,
    state: isUsable ? usable : 'expired',
    age: age === undefined ? undefined : age / 1000,
    lastError,
    kids: keys.ring.all().map((key) => key.publishedKid),
    setAside: keys.families.setAside,
    encryptedWith: encryptionOf(keys),
  }
}

function encryptionOf({ families, encryptsWith = 'none' }: StoredKeys): Record<string, number> {
  const counts: Record<string, number> = { [encryptsWith]: 0 }
  for (const { content } of families.records) {
    if (isSetAside(content)) continue
    const name = content.encryptedWith ?? 'none'
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

import type { RecordNote } from '../../replication/replica-events.ts'
import { type ReplicaHealth, replicaHealth } from '../../replication/replica-health.ts'
import { isSetAside } from './records/read-record.ts'
import type { StoredKeys } from './stored-keys.ts'

/** The state of a {@link StoredKeyProvider}. Durations are in seconds. */
export interface StoredKeyHealth extends ReplicaHealth {
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

export function healthOf(keys: StoredKeys): StoredKeyHealth {
  return {
    ...replicaHealth(keys.replica),
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

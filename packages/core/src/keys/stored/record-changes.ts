import type { RecordNote } from '../../replication/replica-events.ts'
import type { KeyVersion } from '../local/ring/key-version.ts'
import type { ReadRecord } from './records/read-record.ts'

/** The changes made by an update. */
export interface RecordChanges {
  readonly added: readonly KeyVersion[]
  readonly removed: readonly KeyVersion[]
  readonly changed: readonly KeyVersion[]
  readonly setAside: readonly RecordNote[]
}

/** Records that were read, and the ids of records that were removed. */
export interface RecordsOfKeys {
  readonly read: readonly ReadRecord[]
  readonly removed: readonly string[]
}

/** Splits records into parts of a few keys. All records of a key are in the same part. */
export function inParts(
  { read, removed }: RecordsOfKeys,
  keysPerPart: number,
  familyOf: (id: string) => string,
): RecordsOfKeys[] {
  const families = [...new Set([...read.map(({ family }) => family), ...removed.map(familyOf)])]
  const partOf = new Map(families.map((family, index) => [family, Math.floor(index / keysPerPart)]))
  const parts = Array.from({ length: Math.ceil(families.length / keysPerPart) }, () => ({
    read: [] as ReadRecord[],
    removed: [] as string[],
  }))
  for (const record of read) parts[partOf.get(record.family) ?? 0]?.read.push(record)
  for (const id of removed) parts[partOf.get(familyOf(id)) ?? 0]?.removed.push(id)
  return parts
}

/** @param before the keys in the ring, by the ids of their records */
export function changesBetween(
  before: ReadonlyMap<string, KeyVersion>,
  after: ReadonlyMap<string, KeyVersion>,
): Omit<RecordChanges, 'setAside'> {
  const both = [...after].filter(([id]) => before.has(id))
  return {
    added: [...after].flatMap(([id, key]) => (before.has(id) ? [] : key)),
    removed: [...before].flatMap(([id, key]) => (after.has(id) ? [] : key)),
    changed: both.flatMap(([id, key]) => (before.get(id)?.thumbprint === key.thumbprint ? [] : key)),
  }
}

export function joined(changes: readonly RecordChanges[]): RecordChanges {
  return {
    added: changes.flatMap(({ added }) => added),
    removed: changes.flatMap(({ removed }) => removed),
    changed: changes.flatMap(({ changed }) => changed),
    setAside: changes.flatMap(({ setAside }) => setAside),
  }
}

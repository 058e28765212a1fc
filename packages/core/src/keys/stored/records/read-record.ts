import type { Clock } from '../../../clock.ts'
import type { StoredRecord } from '../../../stores/key-store.ts'
import { versionOf } from '../../local/key-plan.ts'
import type { KeyVersion } from '../../local/ring/key-version.ts'
import type { Retention, Term } from '../../local/ring/schedule.ts'
import { identityOf, isTombstone, type KeyRecord, recordIn, termOf } from './key-record.ts'
import { parseRecordId, recordId } from './record-id.ts'
import { type RecordSeal, UnreadableRecord } from './sealed-record.ts'

/** A stored record and its decrypted content. */
export interface ReadRecord {
  readonly stored: StoredRecord
  /** The part that the ids of the key's records have in common. */
  readonly family: string
  readonly version: number
  readonly content: RecordContent | SetAside
}

/** Contains no secret except in `key`. */
export interface RecordContent {
  readonly kid: string
  readonly term: Term
  readonly retention: readonly Retention[]
  readonly encryptedWith: string | undefined
  readonly publishedKid: string | undefined
  /** Undefined after the version was destroyed. */
  readonly key: KeyVersion | undefined
  readonly identity: string | undefined
}

/** A record that cannot be used. */
export interface SetAside {
  readonly reason: string
}

export function isSetAside(content: RecordContent | SetAside): content is SetAside {
  return 'reason' in content
}

export interface RecordReaderSettings {
  /** The prefix of the store. */
  readonly store: string
  readonly seal: RecordSeal
  readonly clock: Clock
}

/** Reads the records of a store, one at a time. */
export class RecordReader {
  readonly #settings: RecordReaderSettings

  constructor(settings: RecordReaderSettings) {
    this.#settings = settings
  }

  /**
   * Returns undefined if the record does not belong to a key.
   *
   * @param former the earlier content under this id. An unchanged key stays the same object, so references to it stay
   *   valid.
   */
  async read(stored: StoredRecord, former: ReadRecord | undefined): Promise<ReadRecord | undefined> {
    const place = parseRecordId(stored.id)
    if (place === undefined) return undefined
    if (former?.stored.revision === stored.revision) return former
    return { ...place, stored, content: await this.#content(stored, former) }
  }

  /** Decrypts a record, including its secret. @throws UnreadableRecord */
  async open({
    id,
    value,
  }: StoredRecord): Promise<{ record: KeyRecord; encryptedWith: string | undefined; kid: string }> {
    const { seal, store } = this.#settings
    const { kid, version, payload, encryptedWith } = await seal.open({ store, id }, value)
    if (recordId(kid, version) !== id) throw new UnreadableRecord('it belongs to another place: it was copied there')
    return { record: recordIn(payload, kid, version), encryptedWith, kid }
  }

  async #content(stored: StoredRecord, former: ReadRecord | undefined): Promise<RecordContent | SetAside> {
    try {
      const { record, encryptedWith, kid } = await this.open(stored)
      const { retention } = record
      const common = { kid, term: termOf(record), retention, encryptedWith }
      if (isTombstone(record)) return { ...common, publishedKid: undefined, key: undefined, identity: undefined }
      const identity = identityOf(record)
      const before = former?.content
      const isSame = before !== undefined && !isSetAside(before) && before.identity === identity
      const key = isSame ? before.key : await versionOf(record.draft, this.#settings.clock)
      return { ...common, publishedKid: record.draft.publishedKid, key, identity }
    } catch (error) {
      // Other errors may quote the record.
      return { reason: error instanceof UnreadableRecord ? error.message : 'it is not a record of ours' }
    }
  }
}

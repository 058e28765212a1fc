import type { Moment } from '../../clock.ts'
import type { KeyStoreUnavailableError } from '../../errors.ts'
import { Gate } from '../../gate.ts'
import type { ReplicaHolder } from '../../replication/replica-holder.ts'
import { Replica } from '../../replication/replica.ts'
import type { StoreContents, StoredRecord } from '../../stores/key-store.ts'
import type { KeyRing } from '../local/ring/key-ring.ts'
import { type KeyRecord, payloadOf } from './records/key-record.ts'
import { type ReadRecord, RecordReader } from './records/read-record.ts'
import { recordId } from './records/record-id.ts'
import type { RecordSeal } from './records/sealed-record.ts'
import { StoredFamilies } from './stored-families.ts'
import type { StoredKeyReporter } from './stored-key-events.ts'
import type { StoredKeySettings } from './stored-key-options.ts'

/** A record to be written, its version, and the revision that its writer read. */
export interface RecordWrite {
  readonly kid: string
  readonly version: number
  readonly record: KeyRecord
  /** Undefined if the record must not exist. */
  readonly ifRevision: string | undefined
  /** When the record was decided on: see {@link Replica.write}. */
  readonly decidedAt: Moment
}

/** The copy of a store's records as a ring of keys, and the method to write one. */
export class StoredKeys implements ReplicaHolder {
  readonly replica: Replica
  readonly families: StoredFamilies
  readonly ring: KeyRing
  readonly #settings: StoredKeySettings
  readonly #seal: RecordSeal
  readonly #reader: RecordReader
  readonly #reporter: StoredKeyReporter
  readonly #update = new Gate(1)

  constructor(settings: StoredKeySettings, seal: RecordSeal, ring: KeyRing, reporter: StoredKeyReporter) {
    const { store, clock } = settings
    this.#settings = settings
    this.#seal = seal
    this.#reporter = reporter
    this.ring = ring
    this.#reader = new RecordReader({ store: store.prefix, seal, clock })
    this.families = new StoredFamilies(this.#reader, ring)
    this.replica = new Replica(settings, this)
  }

  /** The id of the key that encrypts new records. */
  get encryptsWith(): string | undefined {
    return this.#seal.current
  }

  /** Decrypts a record, including its secret. @throws UnreadableRecord */
  async recordIn({ stored }: ReadRecord): Promise<KeyRecord> {
    return (await this.#reader.open(stored)).record
  }

  /**
   * Writes a record if it has not changed since its writer read it, and then reads the changes of the store.
   *
   * @returns whether it was written
   * @throws KeyStoreUnavailableError
   */
  async write({ kid, version, record, ifRevision, decidedAt }: RecordWrite): Promise<boolean> {
    const id = recordId(kid, version)
    const value = await this.#seal.seal({ store: this.#settings.store.prefix, id, kid, version }, payloadOf(record))
    const revision = await this.replica.write({ id, value, ifRevision }, decidedAt)
    try {
      await this.replica.refresh()
    } catch (error) {
      if (revision === undefined) throw error
      // The write succeeded and the store went down afterwards. The record is known without a read.
      await this.#take([{ id, value, revision }], [])
    }
    return revision !== undefined
  }

  async take({ records, removed, isReset }: StoreContents): Promise<void> {
    const ids = new Set(records.map(({ id }) => id))
    const gone = removed ?? this.families.records.map(({ stored }) => stored.id).filter((id) => !ids.has(id))
    if (isReset === true) this.#reporter.report('storeReset', { store: this.#settings.store.name })
    await this.#take(records, gone)
  }

  refreshed(): void {
    this.#reporter.refreshed(this.ring.all().length)
  }

  failed(error: KeyStoreUnavailableError, retryIn: number): void {
    this.#reporter.failed(error, retryIn)
  }

  #take(records: readonly StoredRecord[], removed: readonly string[]): Promise<void> {
    return this.#update.pass(async () => this.#reporter.changed(await this.families.update(records, removed)))
  }
}

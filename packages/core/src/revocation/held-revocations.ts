import type { EventEmitter } from 'node:events'
import { type Clock, secondsOf } from '../clock.ts'
import type { KeyStoreUnavailableError } from '../errors.ts'
import { callListeners } from '../listeners.ts'
import { OutageReporter, type RecordNote } from '../replication/replica-events.ts'
import type { ReplicaHolder } from '../replication/replica-holder.ts'
import type { StoreContents, StoredRecord } from '../stores/key-store.ts'
import { type RevocationEvents, revocationOf } from './revocation-events.ts'
import { entryIn, type RevocationEntry } from './revocation-record.ts'
import { type Added, RevocationTable } from './revocation-table.ts'

export interface HeldRevocationsSettings {
  readonly store: { readonly name: string }
  readonly maxEntries: number
  readonly clock: Clock
}

/** A revocation that this instance has written. */
interface Unconfirmed {
  readonly entry: RevocationEntry
  /** The first read that may show it, and the first that must, unless one before has shown it. */
  readonly mayShow: number
  readonly mustShow: number
}

/** How many records that cannot be used are remembered, so that each is reported once. */
const mostNotes = 100

/** In seconds. A store whose clock is ahead removes a record before it has ended here, which is no loss. */
const aboutToEnd = 60

/** The copy of a store's revocations. An entry stays until it ends, also if the store loses it. */
export class HeldRevocations implements ReplicaHolder {
  readonly table: RevocationTable
  readonly #settings: HeldRevocationsSettings
  readonly #emitter: EventEmitter<RevocationEvents>
  readonly #outages: OutageReporter
  readonly #setAside = new Map<string, string>()
  /** The number of the read in progress, or else of the next one. */
  #read = 1
  /** The number of the last read of all records; 0 before the first one. */
  #wholeRead = 0
  #unconfirmed: Unconfirmed[] = []
  #revision = 0

  constructor(settings: HeldRevocationsSettings, emitter: EventEmitter<RevocationEvents>) {
    this.#settings = settings
    this.table = new RevocationTable(settings.maxEntries)
    this.#emitter = emitter
    this.#outages = new OutageReporter(emitter)
  }

  /** Changes whenever tokens were revoked. */
  get revision(): number {
    return this.#revision
  }

  get setAside(): readonly RecordNote[] {
    return [...this.#setAside].map(([id, reason]) => ({ id, reason }))
  }

  /** How many entries the store does not have any more. */
  get lost(): number {
    const unseen = this.table.countLastSeenBefore(this.#wholeRead, this.#now() + aboutToEnd)
    return unseen - this.#unconfirmed.filter(({ entry }) => this.#wasSeenBefore(entry, this.#wholeRead)).length
  }

  /** The entries that the store does not have any more. */
  lostEntries(): Generator<RevocationEntry> {
    return this.table.lastSeenBefore(this.#wholeRead, this.#now() + aboutToEnd)
  }

  takePart(part: readonly StoredRecord[]): void {
    for (const { id } of part) this.#takeRecord(id)
  }

  async take({ records, removed, isReset }: StoreContents): Promise<void> {
    this.takePart(records)
    const gone = [...(removed ?? []).flatMap((id) => this.#removedEntry(id)), ...this.#notShown()]
    if (removed === undefined || gone.length > 0) this.#noteLosses(gone, { isWhole: removed === undefined, isReset })
    this.#read += 1
    this.table.dropEnded(this.#now())
  }

  refreshed(): void {
    this.#outages.refreshed()
    this.#report('refreshed', { entries: this.table.size })
  }

  failed(error: KeyStoreUnavailableError, retryIn: number): void {
    this.#read += 1
    this.#outages.failed(error, retryIn)
  }

  /**
   * Adds a revocation that this instance has written.
   *
   * @param isReading a read in progress may not show it, because it began before
   */
  addOwn(entry: RevocationEntry, isReading: boolean): Added {
    this.#unconfirmed.push({ entry, mayShow: this.#read, mustShow: isReading ? this.#read + 1 : this.#read })
    return this.#add(entry, this.#read - 1)
  }

  /** Adds a revocation that is in the store. */
  add(entry: RevocationEntry): Added {
    return this.#add(entry, this.#read)
  }

  #add(entry: RevocationEntry, read: number): Added {
    const added = this.table.add(entry, read, this.#now())
    if (added === 'new' || added === 'extended') {
      this.#revision += 1
      this.#tell(entry)
    }
    return added
  }

  #takeRecord(id: string): void {
    const entry = entryIn(id)
    if (entry === undefined) return
    if (typeof entry === 'string') return this.#note(id, entry)
    if (entry.until <= this.#now()) return
    const added = this.add(entry)
    if (added === 'crowded') this.#note(id, 'too many revocations have its mark')
    if (added === 'full')
      throw new Error(`there are more than ${this.#settings.maxEntries} revocations: see \`maxEntries\``)
  }

  #noteLosses(
    gone: readonly RevocationEntry[],
    { isWhole, isReset = false }: { readonly isWhole: boolean; readonly isReset: boolean | undefined },
  ): void {
    const before = this.lost
    for (const { mark, digest } of gone) this.table.lose(mark, digest)
    if (isWhole) this.#wholeRead = this.#read
    const { lost } = this
    if (isReset || lost > before) this.#report('storeReset', { store: this.#settings.store.name, lost })
  }

  #removedEntry(id: string): RevocationEntry[] {
    const entry = entryIn(id)
    return typeof entry === 'object' && entry.until > this.#now() + aboutToEnd ? [entry] : []
  }

  /** A store that was emptied cannot always tell: not if it was empty before the revocation was written, too. */
  #notShown(): RevocationEntry[] {
    const due = this.#unconfirmed.filter(({ mustShow }) => mustShow <= this.#read)
    this.#unconfirmed = this.#unconfirmed.filter(({ mustShow }) => mustShow > this.#read)
    return due.flatMap(({ entry, mayShow }) => (this.#wasSeenBefore(entry, mayShow) ? entry : []))
  }

  #wasSeenBefore({ mark, digest }: RevocationEntry, read: number): boolean {
    return this.table.wasSeenBefore(mark, digest, read)
  }

  /** Nobody can listen during the first read, which may find a million. */
  #tell(entry: RevocationEntry): void {
    if (this.#read > 1 && this.#emitter.listenerCount('revoked') > 0) this.#report('revoked', revocationOf(entry))
  }

  #note(id: string, reason: string): void {
    if (this.#setAside.has(id) || this.#setAside.size >= mostNotes) return
    this.#setAside.set(id, reason)
    this.#report('recordSetAside', { id, reason })
  }

  #report<E extends keyof RevocationEvents>(event: E, detail: RevocationEvents[E][0]): void {
    callListeners(this.#emitter, event, detail)
  }

  #now(): number {
    return secondsOf(this.#settings.clock)
  }
}

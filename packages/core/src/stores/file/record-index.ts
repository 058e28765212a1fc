import { Gate } from '../../gate.ts'
import { hasEnded } from '../endings.ts'
import type { StoredRecord } from '../key-store.ts'
import { type Place, revisionOf } from '../revision.ts'
import type { Journal } from './journal.ts'

type Entry = Pick<StoredRecord, 'revision' | 'until'>

interface Indexed {
  place: Place
  /** The number of changes since the snapshot, and of those that replaced or removed a record. */
  changes: number
  replaced: number
  readonly entries: Map<string, Entry>
}

/** The revision of each record, without its value, for the compare-and-set of writes. Only processes that write read it. */
export class RecordIndex {
  readonly #journal: Journal
  readonly #turn = new Gate(1)
  #indexed: Indexed | undefined

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** Reads the changes of other processes and returns the current position. */
  catchUp(): Promise<Place> {
    return this.#turn.pass(() => this.#catchUp())
  }

  revisionOf(id: string, now: number): string | undefined {
    const entry = this.#indexed?.entries.get(id)
    return entry === undefined || hasEnded(entry, now) ? undefined : entry.revision
  }

  /**
   * True if a snapshot is due. In a small store: as soon as a replaced secret can be removed. In a large one: after enough
   * changes to make the cost per change small.
   */
  get wantsSnapshot(): boolean {
    if (this.#indexed === undefined) return false
    const { changes, replaced, entries } = this.#indexed
    return (replaced > 0 && entries.size <= smallStore) || changes >= leastChanges + entries.size / 16
  }

  /** Resets the counters. */
  snapshotBegins(): void {
    if (this.#indexed !== undefined) Object.assign(this.#indexed, { changes: 0, replaced: 0 })
  }

  /** Makes the next snapshot due at once. */
  snapshotFailed(): void {
    if (this.#indexed !== undefined) this.#indexed.changes = Number.POSITIVE_INFINITY
  }

  async #catchUp(): Promise<Place> {
    const indexed = this.#indexed
    const changes = indexed && (await this.#journal.changesSince(indexed.place))
    if (indexed === undefined || changes === undefined) return this.#begin()
    for (const { place, id, value, until } of changes) {
      indexed.place = place
      indexed.changes += 1
      if (indexed.entries.has(id)) indexed.replaced += 1
      if (value === undefined) indexed.entries.delete(id)
      else indexed.entries.set(id, { revision: revisionOf(place), until })
    }
    return indexed.place
  }

  /** Starts again from the latest snapshot. */
  async #begin(): Promise<Place> {
    const { place, records, changes, replaced } = await this.#journal.history()
    const entries = new Map<string, Entry>()
    for (const { id, revision, until } of records.values()) entries.set(id, { revision, until })
    this.#indexed = { place, changes, replaced, entries }
    return place
  }
}

/** In records. */
const smallStore = 1000
const leastChanges = 64

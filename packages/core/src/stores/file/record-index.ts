import { Gate } from '../../gate.ts'
import { hasEnded } from '../endings.ts'
import type { StoredRecord } from '../key-store.ts'
import type { Place } from '../revision.ts'
import { type Change, latestOf } from './history.ts'
import type { Journal } from './journal.ts'

type Entry = Pick<StoredRecord, 'revision' | 'until'>

interface Indexed {
  readonly place: Place
  /** The number of the snapshot, and its size in bytes. 0 if there is none. */
  readonly snapshot: number
  readonly size: number
  /** The number of changes since the snapshot. */
  readonly changes: number
  /** The records that were changed since the snapshot. Undefined for one that was removed. */
  readonly latest: Map<string, Entry | undefined>
}

/** Where the history is, and the revision that a record has there. */
export interface Look {
  readonly place: Place
  readonly revision: string | undefined
}

/**
 * The changes since the snapshot, for the compare-and-set of writes. Other records are looked up in the snapshot, so that a
 * process that writes does not need a million records in memory. Only processes that write read it.
 */
export class RecordIndex {
  readonly #journal: Journal
  readonly #turn = new Gate(1)
  #indexed: Indexed | undefined

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** Reads the changes of other processes, and finds a record. */
  async lookAt(id: string, now: number): Promise<Look> {
    for (;;) {
      const { place, snapshot, latest } = await this.#turn.pass(() => this.#catchUp())
      const found = latest.has(id) ? { record: latest.get(id) } : await this.#inSnapshot(snapshot, id)
      if (found !== undefined) {
        const { record } = found
        return { place, revision: record === undefined || hasEnded(record, now) ? undefined : record.revision }
      }
      this.#indexed = undefined
    }
  }

  /**
   * Returns true if a snapshot is due. In a small store: as soon as a replaced secret can be removed. In a large one: after
   * enough changes to make the cost per change small.
   */
  async wantsSnapshot(): Promise<boolean> {
    // Another process may have taken one.
    if (this.#indexed?.snapshot !== (await this.#journal.latestSnapshot())) this.#indexed = undefined
    const { changes, snapshot, size, latest } = await this.#turn.pass(() => this.#catchUp())
    if (changes >= leastChanges + size / bytesPerChange) return true
    if (size > smallStore || changes === 0) return false
    if (changes > latest.size) return true
    for (const id of latest.keys()) if ((await this.#inSnapshot(snapshot, id))?.record !== undefined) return true
    return false
  }

  async #inSnapshot(snapshot: number, id: string): ReturnType<Journal['lookUp']> {
    return snapshot === 0 ? { record: undefined } : this.#journal.lookUp(snapshot, id)
  }

  async #catchUp(): Promise<Indexed> {
    const indexed = this.#indexed
    const further = indexed && (await this.#journal.changesSince(indexed.place))
    this.#indexed = indexed && further ? continued(indexed, further) : await this.#begin()
    return this.#indexed
  }

  /** Starts again from the latest snapshot. */
  #begin(): Promise<Indexed> {
    return this.#journal.withState(async ({ history, snapshot, since, changes }) => ({
      place: history.place,
      snapshot: snapshot === undefined ? 0 : since,
      size: snapshot?.size ?? 0,
      changes: changes.length,
      latest: entriesAfter(changes),
    }))
  }
}

/** Reuses the map of records. */
function continued(indexed: Indexed, further: readonly Change[]): Indexed {
  const { latest } = indexed
  for (const [id, entry] of entriesAfter(further)) latest.set(id, entry)
  return {
    ...indexed,
    place: further.at(-1)?.place ?? indexed.place,
    changes: indexed.changes + further.length,
  }
}

/** Without the values, which writes do not need. */
function entriesAfter(changes: readonly Change[]): Map<string, Entry | undefined> {
  const entries = new Map<string, Entry | undefined>()
  for (const [id, record] of latestOf(changes)) {
    entries.set(id, record && { revision: record.revision, until: record.until })
  }
  return entries
}

/** In bytes: some thousand keys. */
const smallStore = 4 * 1024 * 1024
const leastChanges = 64
/** To write so many bytes takes about as long as the change itself. */
const bytesPerChange = 32 * 1024

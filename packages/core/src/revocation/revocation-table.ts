import { randomInt } from '../platform.ts'
import { type Group, groups, mixed } from './identifier.ts'
import type { RevocationEntry } from './revocation-record.ts'
import { type AddedToPart, TablePart } from './table-part.ts'

/** What adding an entry has changed. `full`: it was not added, because there are too many entries. */
export type Added = AddedToPart | 'full'

/** A power of two. Parts grow at different moments, so that the table grows to a million entries without a long pause. */
const partCount = 32
const firstBits = 32 - Math.log2(partCount)

/** How many entries are copied without a pause to free memory. */
const mostCopied = 100_000

/** Revocations in memory, found by mark and digest. */
export class RevocationTable {
  /** The number of entries in each group. */
  readonly #counts = new Uint32Array(groups)
  /** Secret, so that nobody can choose marks that are close to each other. */
  readonly #seed = randomInt(2 ** 32)
  readonly #parts: readonly TablePart[]
  readonly #most: number

  /** @param most the largest number of entries */
  constructor(most: number) {
    this.#most = most
    this.#parts = Array.from({ length: partCount }, () => new TablePart(this.#seed, this.#counts))
  }

  get size(): number {
    let size = 0
    for (const count of this.#counts) size += count
    return size
  }

  /** Returns true if no further entry can be added. */
  isFull(now: number): boolean {
    if (this.size < this.#most) return false
    for (const part of this.#parts) part.removeEnded(now)
    return this.size >= this.#most
  }

  /** Returns true if there is an entry of this group. */
  hasGroup(group: Group): boolean {
    return this.#counts[group] !== 0
  }

  /** Returns true if there is an entry with this mark. Called for every token. */
  hasMark(mark: number): boolean {
    const place = mixed(mark ^ this.#seed)
    return (this.#parts[place >>> firstBits] as TablePart).hasMark(mark, place)
  }

  get(mark: number, digest: string): RevocationEntry | undefined {
    return this.#partOf(mark).get(mark, digest)
  }

  /**
   * Adds an entry, or extends the one with the same digest: the later time counts.
   *
   * @param read the number of the read that shows it
   * @param now in seconds. Entries that have ended make room for new ones.
   */
  add(entry: RevocationEntry, read: number, now: number): Added {
    const part = this.#partOf(entry.mark)
    return part.extend(entry, read) ?? (this.isFull(now) ? 'full' : part.add(entry, read, now))
  }

  /** Returns true if there is an entry, and it was last seen before this read. */
  wasSeenBefore(mark: number, digest: string, read: number): boolean {
    return this.#partOf(mark).wasSeenBefore(mark, digest, read)
  }

  /** Notes that the record of an entry was removed from the store. */
  lose(mark: number, digest: string): void {
    this.#partOf(mark).lose(mark, digest)
  }

  /** Returns the entries that have not ended and were last seen before this read. */
  *lastSeenBefore(read: number, now: number): Generator<RevocationEntry> {
    for (const part of this.#parts) yield* part.lastSeenBefore(read, now)
  }

  countLastSeenBefore(read: number, now: number): number {
    let count = 0
    for (const part of this.#parts) count += part.countLastSeenBefore(read, now)
    return count
  }

  /** Returns the entries that have not ended. */
  entries(now: number): Generator<RevocationEntry> {
    return this.lastSeenBefore(Number.POSITIVE_INFINITY, now)
  }

  /** Frees the memory of entries that have ended. If there are many, later calls continue. */
  dropEnded(now: number): void {
    let copied = 0
    for (const part of this.#parts) {
      copied += part.dropEnded(now)
      if (copied >= mostCopied) return
    }
  }

  #partOf(mark: number): TablePart {
    return this.#parts[mixed(mark ^ this.#seed) >>> firstBits] as TablePart
  }
}

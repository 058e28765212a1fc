import { randomInt } from 'node:crypto'
import { EntryColumns } from './entry-columns.ts'
import { type Group, groups, mixed } from './identifier.ts'
import type { RevocationEntry } from './revocation-record.ts'

/**
 * What adding an entry has changed. Not added: `crowded`, because too many entries have its mark, and `full`, because there
 * are too many entries.
 */
export type Added = 'new' | 'extended' | 'known' | 'crowded' | 'full'

const fewestRows = 256

/**
 * How many entries may have the same mark. Among a million marks, hardly two are the same. More entries have it if somebody
 * has computed identifiers with the same mark, to make searches slow.
 */
const mostWithOneMark = 1000

/** Revocations in memory: entries in columns, and a hash table that finds their rows by mark. */
export class RevocationTable {
  #rows = new EntryColumns(fewestRows)
  #size = 0
  /** Pairs of a mark and the number of its row plus one. Open addressing, at most half full. */
  #slots = slotsFor(fewestRows)
  readonly #counts = new Uint32Array(groups)
  /** Secret, so that nobody can choose marks that fill neighboring slots. */
  readonly #seed = randomInt(2 ** 32)
  readonly #most: number

  /** @param most the largest number of entries */
  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#size
  }

  /** Returns true if no further entry can be added. */
  isFull(now: number): boolean {
    if (this.#size >= this.#most) this.#makeRoom(now)
    return this.#size >= this.#most
  }

  /** Returns true if there is an entry of this group. */
  hasGroup(group: Group): boolean {
    return this.#counts[group] !== 0
  }

  /** Returns true if there is an entry with this mark. Called for every token. */
  hasMark(mark: number): boolean {
    const slots = this.#slots
    const mask = slots.length - 2
    for (let slot = this.#firstSlot(mark); slots[slot + 1] !== 0; slot = (slot + 2) & mask) {
      if (slots[slot] === mark) return true
    }
    return false
  }

  get(mark: number, digest: string): RevocationEntry | undefined {
    const row = this.#find(mark, digest)
    return row === undefined ? undefined : this.#rows.get(row)
  }

  /**
   * Adds an entry, or extends the one with the same digest: the later time counts.
   *
   * @param read the number of the read that shows it
   * @param now in seconds. Entries that have ended make room for new ones.
   */
  add(entry: RevocationEntry, read: number, now: number): Added {
    const row = this.#find(entry.mark, entry.digest)
    if (row !== undefined) return this.#extend(row, entry, read)
    if (this.#countOf(entry.mark) >= mostWithOneMark) return 'crowded'
    if (this.#size === this.#rows.capacity || this.#size >= this.#most) this.#makeRoom(now)
    if (this.#size >= this.#most) return 'full'
    this.#rows.set(this.#size, entry)
    this.#rows.seenAt[this.#size] = read
    this.#size += 1
    this.#place(this.#size - 1)
    return 'new'
  }

  /** Returns true if there is an entry, and it was last seen before this read. */
  wasSeenBefore(mark: number, digest: string, read: number): boolean {
    const row = this.#find(mark, digest)
    return row !== undefined && (this.#rows.seenAt[row] ?? 0) < read
  }

  /** Notes that the record of an entry was removed from the store. */
  lose(mark: number, digest: string): void {
    const row = this.#find(mark, digest)
    if (row !== undefined) this.#rows.seenAt[row] = 0
  }

  /** Returns the entries that have not ended and were last seen before this read. */
  *lastSeenBefore(read: number, now: number): Generator<RevocationEntry> {
    for (let row = 0; row < this.#size; row += 1) {
      if ((this.#rows.seenAt[row] ?? 0) < read && this.#lasts(row, now)) yield this.#rows.get(row)
    }
  }

  countLastSeenBefore(read: number, now: number): number {
    let count = 0
    for (let row = 0; row < this.#size; row += 1) {
      if ((this.#rows.seenAt[row] ?? 0) < read && this.#lasts(row, now)) count += 1
    }
    return count
  }

  /** Returns the entries that have not ended. */
  entries(now: number): Generator<RevocationEntry> {
    return this.lastSeenBefore(Number.POSITIVE_INFINITY, now)
  }

  /** Removes the entries that have ended, if there are many of them: otherwise it is not worth the time. */
  dropEnded(now: number): void {
    const lasting = this.#countLasting(now)
    if (lasting < 0.75 * this.#size) this.#rebuild(lasting, now)
  }

  /** Entries that have ended make room. If they are few, the table grows. */
  #makeRoom(now: number): void {
    const lasting = this.#countLasting(now)
    const isFull = lasting > 0.75 * this.#rows.capacity
    if (isFull || lasting < this.#size) this.#rebuild(isFull ? 2 * this.#rows.capacity : this.#rows.capacity, now)
  }

  #extend(row: number, { issuedUntil, until }: RevocationEntry, read: number): Added {
    const { issuedUntil: issued, until: ends, seenAt } = this.#rows
    seenAt[row] = Math.max(seenAt[row] ?? 0, read)
    if (issuedUntil <= (issued[row] ?? 0) && until <= (ends[row] ?? 0)) return 'known'
    issued[row] = Math.max(issued[row] ?? 0, issuedUntil)
    ends[row] = Math.max(ends[row] ?? 0, until)
    return 'extended'
  }

  #find(mark: number, digest: string): number | undefined {
    for (const row of this.#rowsWith(mark)) if (this.#rows.hasDigest(row, digest)) return row
    return undefined
  }

  #countOf(mark: number): number {
    let count = 0
    for (const _ of this.#rowsWith(mark)) count += 1
    return count
  }

  *#rowsWith(mark: number): Generator<number> {
    const slots = this.#slots
    const mask = slots.length - 2
    for (let slot = this.#firstSlot(mark); slots[slot + 1] !== 0; slot = (slot + 2) & mask) {
      if (slots[slot] === mark) yield (slots[slot + 1] ?? 0) - 1
    }
  }

  #rebuild(wanted: number, now: number): void {
    const former = this.#rows
    const formerSize = this.#size
    this.#rows = new EntryColumns(powerOfTwo(wanted))
    this.#slots = slotsFor(this.#rows.capacity)
    this.#size = 0
    this.#counts.fill(0)
    for (let row = 0; row < formerSize;) {
      const end = endOfRun(former.until, row, formerSize, now)
      this.#rows.copy(this.#size, former, row, end - row)
      this.#size += end - row
      for (row = end; row < formerSize && (former.until[row] ?? 0) <= now;) row += 1
    }
    for (let row = 0; row < this.#size; row += 1) this.#place(row)
  }

  #place(row: number): void {
    const mark = this.#rows.marks[row] ?? 0
    const group = this.#rows.groups[row] ?? 0
    this.#counts[group] = (this.#counts[group] ?? 0) + 1
    const slots = this.#slots
    const mask = slots.length - 2
    let slot = this.#firstSlot(mark)
    while (slots[slot + 1] !== 0) slot = (slot + 2) & mask
    slots[slot] = mark
    slots[slot + 1] = row + 1
  }

  #firstSlot(mark: number): number {
    return (mixed(mark ^ this.#seed) << 1) & (this.#slots.length - 2)
  }

  #countLasting(now: number): number {
    return this.countLastSeenBefore(Number.POSITIVE_INFINITY, now)
  }

  #lasts(row: number, now: number): boolean {
    return (this.#rows.until[row] ?? 0) > now
  }
}

/** Returns the end of the entries in a row that have not ended: they are copied together. */
function endOfRun(until: Uint32Array, start: number, size: number, now: number): number {
  let end = start
  while (end < size && (until[end] ?? 0) > now) end += 1
  return end
}

/** Room for twice as many slots as rows, of two numbers each. */
function slotsFor(rows: number): Int32Array {
  return new Int32Array(4 * rows)
}

function powerOfTwo(least: number): number {
  let power = fewestRows
  while (power < least) power *= 2
  return power
}

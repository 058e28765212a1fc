import { EntryColumns } from './entry-columns.ts'
import { mixed } from './identifier.ts'
import { MarkFilter } from './mark-filter.ts'
import type { RevocationEntry } from './revocation-record.ts'

/** `crowded`: it was not added, because too many entries have its mark. */
export type AddedToPart = 'new' | 'extended' | 'known' | 'crowded'

const fewestRows = 16

/**
 * How many entries may have the same mark. Among a million marks, hardly two are the same. More entries have it if somebody
 * has computed identifiers with the same mark, to make searches slow.
 */
const mostWithOneMark = 1000

/** A part of a table: entries in columns, and a hash table that finds their rows by mark. */
export class TablePart {
  #rows = new EntryColumns(fewestRows)
  #size = 0
  /** Pairs of a mark and the number of its row plus one. Open addressing, at most half full. */
  #slots = slotsFor(fewestRows)
  #filter = new MarkFilter(fewestRows)
  readonly #seed: number
  readonly #counts: Uint32Array

  /** @param counts the number of entries of each group, in all parts */
  constructor(seed: number, counts: Uint32Array) {
    this.#seed = seed
    this.#counts = counts
  }

  /** @param place the mark, mixed with the seed: computed once, because this is called for every token */
  hasMark(mark: number, place: number): boolean {
    if (!this.#filter.mayHave(place)) return false
    const slots = this.#slots
    const mask = slots.length - 2
    for (let slot = (place << 1) & mask; slots[slot + 1] !== 0; slot = (slot + 2) & mask) {
      if (slots[slot] === mark) return true
    }
    return false
  }

  get(mark: number, digest: string): RevocationEntry | undefined {
    const row = this.#find(mark, digest)
    return row === undefined ? undefined : this.#rows.get(row)
  }

  /** Returns undefined if there is no entry with this mark and digest. */
  extend({ mark, digest, issuedUntil, until }: RevocationEntry, read: number): 'extended' | 'known' | undefined {
    const row = this.#find(mark, digest)
    if (row === undefined) return undefined
    const { issuedUntil: issued, until: ends, seenAt } = this.#rows
    seenAt[row] = Math.max(seenAt[row] ?? 0, read)
    if (issuedUntil <= (issued[row] ?? 0) && until <= (ends[row] ?? 0)) return 'known'
    issued[row] = Math.max(issued[row] ?? 0, issuedUntil)
    ends[row] = Math.max(ends[row] ?? 0, until)
    return 'extended'
  }

  /** @param entry that cannot be extended, because it is not there */
  add(entry: RevocationEntry, read: number, now: number): 'new' | 'crowded' {
    if (this.#countOf(entry.mark) >= mostWithOneMark) return 'crowded'
    if (this.#size === this.#rows.capacity) this.#makeRoom(now)
    const row = this.#size
    this.#size += 1
    this.#rows.set(row, entry)
    this.#rows.seenAt[row] = read
    this.#count(row, 1)
    this.#place(row)
    return 'new'
  }

  wasSeenBefore(mark: number, digest: string, read: number): boolean {
    const row = this.#find(mark, digest)
    return row !== undefined && (this.#rows.seenAt[row] ?? 0) < read
  }

  lose(mark: number, digest: string): void {
    const row = this.#find(mark, digest)
    if (row !== undefined) this.#rows.seenAt[row] = 0
  }

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

  /**
   * Removes the entries that have ended, if there are many of them: otherwise it is not worth the time.
   *
   * @returns how many entries were copied
   */
  dropEnded(now: number): number {
    const lasting = this.#countLasting(now)
    if (lasting >= 0.75 * this.#size) return 0
    this.#rebuild(lasting, now)
    return lasting
  }

  /** Removes the entries that have ended, however few. */
  removeEnded(now: number): void {
    if (this.#countLasting(now) < this.#size) this.#rebuild(this.#rows.capacity, now)
  }

  /** Called when the part is full. Entries that have ended make room. If they are few, the part grows. */
  #makeRoom(now: number): void {
    const { capacity } = this.#rows
    this.#rebuild(this.#countLasting(now) > 0.75 * capacity ? 2 * capacity : capacity, now)
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
    for (let row = 0; row < formerSize; row += 1) if (!this.#lasts(row, now)) this.#count(row, -1)
    this.#rows = new EntryColumns(powerOfTwo(wanted))
    this.#slots = slotsFor(this.#rows.capacity)
    this.#filter = new MarkFilter(this.#rows.capacity)
    this.#size = 0
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
    const slots = this.#slots
    const mask = slots.length - 2
    let slot = this.#firstSlot(mark)
    while (slots[slot + 1] !== 0) slot = (slot + 2) & mask
    slots[slot] = mark
    slots[slot + 1] = row + 1
    this.#filter.add(this.#placeOf(mark))
  }

  #firstSlot(mark: number): number {
    return (this.#placeOf(mark) << 1) & (this.#slots.length - 2)
  }

  #placeOf(mark: number): number {
    return mixed(mark ^ this.#seed)
  }

  #count(row: number, change: 1 | -1): void {
    const group = this.#rows.groups[row] ?? 0
    this.#counts[group] = (this.#counts[group] ?? 0) + change
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

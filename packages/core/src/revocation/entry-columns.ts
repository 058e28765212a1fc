import { Buffer } from '../platform.ts'
import { digestLength, groupOf, type IdentifierKind, identifierKinds } from './identifier.ts'
import type { RevocationEntry } from './revocation-record.ts'

/** Entries as columns of numbers, about 33 bytes each: a million objects would take several times the memory. */
export class EntryColumns {
  readonly capacity: number
  readonly marks: Int32Array
  readonly groups: Uint8Array
  readonly issuedUntil: Uint32Array
  readonly until: Uint32Array
  /** The number of the read that last showed the entry. 0 if its record was removed since. */
  readonly seenAt: Uint32Array
  readonly #digests: Buffer
  readonly #wanted = Buffer.alloc(digestLength)

  constructor(capacity: number) {
    this.capacity = capacity
    this.marks = new Int32Array(capacity)
    this.groups = new Uint8Array(capacity)
    this.issuedUntil = new Uint32Array(capacity)
    this.until = new Uint32Array(capacity)
    this.seenAt = new Uint32Array(capacity)
    this.#digests = Buffer.alloc(digestLength * capacity)
  }

  set(row: number, entry: RevocationEntry): void {
    this.marks[row] = entry.mark
    this.groups[row] = groupOf(identifierKinds.indexOf(entry.kind), entry.isForOneIssuer)
    this.issuedUntil[row] = entry.issuedUntil
    this.until[row] = entry.until
    this.#digests.write(entry.digest, digestLength * row, digestLength, 'base64url')
  }

  /** Copies rows of other columns, to this row and those that follow. */
  copy(row: number, from: EntryColumns, fromRow: number, count: number): void {
    for (const column of ['marks', 'groups', 'issuedUntil', 'until', 'seenAt'] as const)
      this[column].set(from[column].subarray(fromRow, fromRow + count), row)
    from.#digests.copy(this.#digests, digestLength * row, digestLength * fromRow, digestLength * (fromRow + count))
  }

  get(row: number): RevocationEntry {
    const group = this.groups[row] ?? 0
    return {
      kind: identifierKinds[group >> 1] as IdentifierKind,
      isForOneIssuer: group % 2 === 1,
      digest: this.#digests.toString('base64url', digestLength * row, digestLength * (row + 1)),
      mark: this.marks[row] ?? 0,
      issuedUntil: this.issuedUntil[row] ?? 0,
      until: this.until[row] ?? 0,
    }
  }

  hasDigest(row: number, digest: string): boolean {
    this.#wanted.write(digest, 'base64url')
    return this.#digests.compare(this.#wanted, 0, digestLength, digestLength * row, digestLength * (row + 1)) === 0
  }
}

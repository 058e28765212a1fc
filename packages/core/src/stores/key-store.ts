/** One record. Its value is opaque text to the store, which sees no key and encrypts nothing. */
export interface StoredRecord {
  /** The name of the record: 0 to 1,024 characters, case-sensitive. */
  readonly id: string
  /**
   * Changes with every write. Two writes never have the same revision, even after the store was emptied or restored from a
   * backup. A counter alone is therefore not enough; add a random part.
   */
  readonly revision: string
  /** Up to a few megabytes. */
  readonly value: string
  /** When the record expires, in milliseconds since the epoch. Default: never. */
  readonly until?: number | undefined
}

/** The contents of a store, or the changes since an earlier read. */
export interface StoreContents {
  /** At most one record for each id. With the parts that {@link ReadOptions.received} took, if there are any. */
  readonly records: readonly StoredRecord[]
  /** The ids that were removed since. Expired records may be left out. Undefined if the records are the whole contents. */
  readonly removed?: readonly string[] | undefined
  /** Where the next read continues. Covers every write that ended before this read began. Later ones may be included. */
  readonly revision: string
  /**
   * True if the store was emptied, replaced or restored from a backup since it returned `since`. Used only for reports.
   * Leave it out if the store cannot detect this.
   */
  readonly isReset?: boolean | undefined
}

/** A change of one record. It is made only if the record has not changed since its writer read it. */
export type StoreWrite =
  | {
      readonly id: string
      readonly value: string
      /** The revision that the record must have. Undefined if the record must not exist. */
      readonly ifRevision: string | undefined
      readonly until?: number | undefined
    }
  | {
      readonly id: string
      /** Removes the record. */
      readonly value: undefined
      readonly ifRevision: string
    }

/** The options of `KeyStore.read`. */
export interface ReadOptions {
  /** The revision of an earlier read, to return only the changes since. A store may always return everything. */
  readonly since?: string | undefined
  /** Aborted when nobody waits for the result any longer. */
  readonly signal: AbortSignal
  /**
   * Takes a part of the records, which is then left out of the result. For stores with many records, which read them in
   * pages: the caller waits `requestTimeout` for each part instead of for the whole read, and parts need not be in memory at
   * the same time. A part may be empty. If an id comes twice, the last one counts. A store may ignore this.
   */
  readonly received?: ((part: readonly StoredRecord[]) => void) | undefined
}

/** The options of `KeyStore.write`. */
export interface WriteOptions {
  /** Aborted when nobody waits for the result any longer. */
  readonly signal: AbortSignal
  /**
   * How long the caller waits, in milliseconds. After that, the caller was told that the write failed, so the write must
   * not be made: for example by a client that queues commands while it reconnects, or by a process that was suspended. A
   * store that cannot ensure this may ignore it.
   */
  readonly within: number
}

/**
 * Keeps records beyond the life of a process and shares them between the instances of a service. Each instance has its own
 * store object. Methods may reject with errors of the database's client; the caller wraps them.
 *
 * To implement one, use a table with the columns `id`, `revision`, `value` and `until`:
 *
 * - `read` selects all rows that have not expired, and ignores `since`. That is enough for some thousand records.
 * - `write` is one compare-and-set statement: `UPDATE … WHERE id = ? AND revision = ?`, or an `INSERT` that fails if the row
 *   exists. The new revision is `randomUUID()`.
 * - `watch` is left out. Changes are then found by polling.
 *
 * Test it with `describeKeyStore` of `@bearerkit/testing/contract`.
 */
export interface KeyStore {
  /** The name in messages and `health()`, such as `redis orders:`. Contains no secret. */
  readonly name: string
  /**
   * Distinguishes the stores in one database. Must be the same on all instances, and after a backup was restored:
   * encrypted records are bound to it, so a record cannot be moved to another store.
   */
  readonly prefix: string
  /** True if the records never leave the memory of this process. Only then may they be unencrypted by default. */
  readonly isInProcess?: boolean | undefined

  /**
   * Returns the records, or the changes since an earlier read, without expired records.
   *
   * A read need not be atomic. It must include every record that existed during the whole read.
   */
  read(options: ReadOptions): Promise<StoreContents>

  /**
   * Writes or removes one record if it has not changed since its writer read it. When the promise resolves, the change is
   * as durable as the database makes it, and every later read on every instance sees it.
   *
   * @returns the revision of the change, or undefined if the record has changed and nothing was written
   */
  write(change: StoreWrite, options: WriteOptions): Promise<string | undefined>

  /**
   * Calls `changed` soon after a record was changed, also by this instance. Additional calls are allowed, and calls may be
   * lost, because the instances poll as well. Leave it out if the database has no notifications.
   *
   * @param options.signal aborted when nobody waits for the watch to begin any longer. Ignored once it has begun.
   * @returns a function that ends the watch and may be called twice
   */
  watch?(changed: () => void, options?: { readonly signal?: AbortSignal | undefined }): Promise<() => Promise<void>>
}

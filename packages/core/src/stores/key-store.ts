/** One record. To the store it is opaque text: the store sees no key, and encrypts nothing. */
export interface StoredRecord {
  /** Names the record. Up to 1,024 characters, none also counts; upper and lower case differ. */
  readonly id: string
  /**
   * Differs after every write. No two writes ever have the same revision, not even after the store was emptied or restored
   * from a backup: a counter alone is not enough, a random part is.
   */
  readonly revision: string
  /** Up to a few megabytes. */
  readonly value: string
  /** When the record ends by itself, in milliseconds since the epoch. Left out: never. */
  readonly until?: number | undefined
}

/** What a store holds, or what has changed in it. */
export interface StoreContents {
  /** Each id once. */
  readonly records: readonly StoredRecord[]
  /** Left out if `records` is all that the store holds; else the records that are gone since, ended ones left out or not. */
  readonly removed?: readonly string[] | undefined
  /** Where the next read goes on. Every write that ended before this read began is covered. Later ones may be in `records`. */
  readonly revision: string
  /**
   * The store is not the one that gave out `since`, or not in a state that came after it: it was emptied, replaced, or
   * restored from a backup. Only reported: `records` decides. Leave it out if the store cannot tell.
   */
  readonly isReset?: boolean | undefined
}

/** A change of one record. It takes place only if the record is still what its writer saw. */
export type StoreWrite =
  | {
      readonly id: string
      readonly value: string
      /** The revision that the record must have; undefined: there must be no such record. */
      readonly ifRevision: string | undefined
      readonly until?: number | undefined
    }
  | {
      readonly id: string
      /** Removes the record. */
      readonly value: undefined
      readonly ifRevision: string
    }

export interface ReadOptions {
  /** The revision of an earlier read: what has changed since is enough. A store may always answer with all it holds. */
  readonly since?: string | undefined
  /** Fires when nobody waits any longer. */
  readonly signal: AbortSignal
}

export interface WriteOptions {
  /** Fires when nobody waits any longer. */
  readonly signal: AbortSignal
  /**
   * For so many milliseconds the caller waits. A write must not take place later than that, for its caller has been told
   * that it failed: think of a client that queues commands while it reconnects, and of a process that is suspended. A store
   * that cannot make sure of it lets it be.
   */
  readonly within: number
}

/**
 * Where records outlive a process, and where the instances of a service share them. All instances read and write the same
 * records, each through a store object of its own. Errors are the engine's own: whoever uses the store wraps them.
 *
 * To write one, take a table with the columns `id`, `revision`, `value` and `until`:
 *
 * - `read` selects all rows that have not ended, and ignores `since`. That is enough for some thousand records.
 * - `write` is one statement that compares and sets: `UPDATE … WHERE id = ? AND revision = ?`, or an `INSERT` that fails if
 *   the row is there. The new revision is `randomUUID()`.
 * - `watch` is left out. Changes are then found by polling.
 *
 * `describeKeyStore` of `@bearerkit/testing` is the test suite for it.
 */
export interface KeyStore {
  /** For messages and `health()`: `redis orders:`. It holds no secret. */
  readonly name: string
  /**
   * Tells apart the stores that one engine holds. The same on all instances, and after a backup was restored: encrypted
   * records are bound to it, so that one cannot be moved to another store.
   */
  readonly prefix: string
  /** True if the records never leave the memory of this process: then, and only then, they need no encryption. */
  readonly isInProcess?: boolean | undefined

  /**
   * The records, or what has changed since an earlier read. A record whose `until` has passed is not there.
   *
   * A read need not be atomic. It must not miss a record that was there from its beginning to its end.
   */
  read(options: ReadOptions): Promise<StoreContents>

  /**
   * Writes or removes one record, if it is what its writer saw. When the promise resolves, the change is as durable as the
   * engine makes it, and every read that begins from now on has it, on every instance.
   *
   * @returns the revision of the change; undefined if the record is not what its writer saw: nothing was changed
   */
  write(change: StoreWrite, options: WriteOptions): Promise<string | undefined>

  /**
   * Calls `changed` soon after a record was changed, also by this instance. A call too many does no harm, and one may be
   * lost: the instances poll as well. Leave it out if the engine cannot tell.
   *
   * @param options.signal fires when nobody waits for the watch to begin any longer. Once it has begun, the signal means nothing.
   * @returns a function that ends it; calling it twice does no harm
   */
  watch?(changed: () => void, options?: { readonly signal?: AbortSignal | undefined }): Promise<() => Promise<void>>
}

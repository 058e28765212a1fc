import type { KeyStore, StoreContents, StoredRecord, StoreWrite } from '@bearerkit/core'

/** How long a case waits for the engine, in milliseconds. */
const patience = 10_000

/** An instance of a service: it has a store object, and holds what it has read. */
export class Instance {
  readonly store: KeyStore
  readonly held: Map<string, StoredRecord> = new Map()
  #revision: string | undefined

  constructor(store: KeyStore) {
    this.store = store
  }

  read(since?: string): Promise<StoreContents> {
    return this.store.read({ since, signal: AbortSignal.timeout(patience) })
  }

  /** Reads everything, in parts if the store sends parts. */
  async readInParts(): Promise<{ parts: StoredRecord[]; rest: readonly StoredRecord[] }> {
    const parts: StoredRecord[] = []
    const received = (part: readonly StoredRecord[]): void => void parts.push(...part)
    const { records } = await this.store.read({ signal: AbortSignal.timeout(patience), received })
    return { parts, rest: records }
  }

  /** Takes in what has changed since the last time. */
  async follow(): Promise<ReadonlyMap<string, StoredRecord>> {
    const { records, removed, revision } = await this.read(this.#revision)
    if (removed === undefined) this.held.clear()
    for (const id of removed ?? []) this.held.delete(id)
    for (const record of records) this.held.set(record.id, record)
    this.#revision = revision
    return this.held
  }

  write(change: StoreWrite): Promise<string | undefined> {
    return this.store.write(change, { signal: AbortSignal.timeout(patience), within: patience })
  }

  create(id: string, value: string, until?: number): Promise<string | undefined> {
    return this.write({ id, value, ifRevision: undefined, until })
  }

  /** Reads, changes and writes a record, until nobody else was faster. */
  async update(id: string, change: (value: string) => string): Promise<void> {
    for (;;) {
      const found = (await this.follow()).get(id)
      const ifRevision = found?.revision
      if ((await this.write({ id, value: change(found?.value ?? ''), ifRevision })) !== undefined) return
    }
  }

  /** What it holds, by id. */
  async values(): Promise<Record<string, string>> {
    const held = await this.follow()
    // Entries rather than assignment: an id may be `__proto__`.
    return Object.fromEntries([...held].map(([id, { value }]) => [id, value]))
  }
}

import type {
  KeyStore,
  ReadOptions,
  StoreContents,
  StoredRecord,
  StoreWrite,
  WriteOptions,
} from '../../src/stores/key-store.ts'
import { memoryStore } from '../../src/stores/memory-store.ts'

/** How a store can be down: with an error, or by never answering. */
export type StoreFault = Error | 'hangs'

/** Each way in which a store can be down, to be read after `a store that`. */
export const storeFaults: readonly (readonly [string, StoreFault])[] = [
  ['refuses', new Error('connection refused')],
  ['never answers', 'hangs'],
]

/** A store whose news are lost, that counts what it is asked, and that can be taken down. */
export class FaultyStore implements KeyStore {
  readonly name = 'faulty store'
  readonly prefix: string
  #inner = memoryStore()
  fault: StoreFault | undefined
  /** Makes the error of a write out of what was to be written. */
  refuseWrite: ((value: string) => Error) | undefined
  reads = 0
  writes = 0

  constructor(prefix = 'test:') {
    this.prefix = prefix
  }

  async read(options: ReadOptions): Promise<StoreContents> {
    this.reads += 1
    await this.#fail()
    return this.#inner.read(options)
  }

  async write(change: StoreWrite, options: WriteOptions): Promise<string | undefined> {
    this.writes += 1
    await this.#fail()
    if (this.refuseWrite !== undefined) throw this.refuseWrite(change.value ?? '')
    return this.#inner.write(change, options)
  }

  /** The same store, telling of changes. */
  watched(): KeyStore {
    return {
      name: this.name,
      prefix: this.prefix,
      read: (options) => this.read(options),
      write: (change, options) => this.write(change, options),
      watch: async (changed) => (await this.#inner.watch?.(changed)) ?? (async () => undefined),
    }
  }

  /** Puts a value in the place of a record, as somebody can who can write the store. */
  async forge(id: string, value: string): Promise<void> {
    const ifRevision = (await this.#records()).find((record) => record.id === id)?.revision
    await this.#inner.write({ id, value, ifRevision }, { signal: new AbortController().signal, within: 1000 })
  }

  /** Removes a record, as somebody can who can write the store. */
  async remove(id: string): Promise<void> {
    const ifRevision = (await this.#records()).find((record) => record.id === id)?.revision ?? ''
    await this.#inner.write(
      { id, value: undefined, ifRevision },
      { signal: new AbortController().signal, within: 1000 },
    )
  }

  async values(): Promise<Map<string, string>> {
    return new Map((await this.#records()).map(({ id, value }) => [id, value]))
  }

  /** Loses all that was in it. */
  empty(): void {
    this.#inner = memoryStore()
  }

  /** Loses all, and has what it had at an earlier time. */
  async restore(backup: ReadonlyMap<string, string>): Promise<void> {
    this.empty()
    for (const [id, value] of backup) await this.forge(id, value)
  }

  async #records(): Promise<readonly StoredRecord[]> {
    return (await this.#inner.read({ signal: new AbortController().signal })).records
  }

  async #fail(): Promise<void> {
    if (this.fault === 'hangs') await new Promise(() => undefined)
    if (this.fault instanceof Error) throw this.fault
  }
}

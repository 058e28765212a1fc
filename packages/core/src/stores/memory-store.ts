import { type Clock, systemClock } from '../clock.ts'
import { defaulting, having, readOptions } from '../configuration/options.ts'
import { Endings, hasEnded } from './endings.ts'
import type { KeyStore, ReadOptions, StoreContents, StoredRecord, StoreWrite, WriteOptions } from './key-store.ts'
import { drawNonce, placeOf, revisionOf } from './revision.ts'

export interface MemoryStoreOptions {
  /** Default: the system clock. */
  clock?: Clock | undefined
}

/**
 * Creates a store in the memory of this process. For tests, and for several providers in one process that share their keys.
 *
 * ```ts
 * import { memoryStore } from '@bearerkit/core'
 *
 * const store = memoryStore()
 * console.log((await store.read({ signal: AbortSignal.timeout(1000) })).records.length) // 0
 * ```
 *
 * @throws ConfigurationError if an option is unknown
 */
export function memoryStore(options: MemoryStoreOptions = {}): KeyStore {
  const readers = { clock: defaulting(having<Clock>('now'), systemClock) }
  return new MemoryStore(readOptions<{ clock: Clock }>('memoryStore', options, readers).clock)
}

/** How many changes are remembered. A reader that missed more reads everything. */
const longestHistory = 10_000

class MemoryStore implements KeyStore {
  readonly name = 'memory store'
  readonly prefix = ''
  readonly isInProcess = true
  readonly #clock: Clock
  readonly #records = new Map<string, StoredRecord>()
  readonly #endings = new Endings()
  /** The ids of the latest changes, oldest first. */
  #history: string[] = []
  #number = 0
  readonly #nonce = drawNonce()
  readonly #watchers = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async read({ since, signal }: ReadOptions): Promise<StoreContents> {
    signal.throwIfAborted()
    this.#dropEnded()
    const revision = this.#revision
    const place = placeOf(since)
    const isReset = place !== undefined && (place.nonce !== this.#nonce || place.number > this.#number)
    const missed = this.#number - (place?.number ?? Number.NEGATIVE_INFINITY)
    if (isReset || missed > this.#history.length)
      return { records: this.#those([...this.#records.keys()]), revision, isReset }
    const changed = [...new Set(this.#history.slice(this.#history.length - missed))]
    return { records: this.#those(changed), removed: changed.filter((id) => !this.#records.has(id)), revision }
  }

  async write(change: StoreWrite, { signal }: WriteOptions): Promise<string | undefined> {
    signal.throwIfAborted()
    this.#dropEnded()
    const { id, value, ifRevision } = change
    const current = this.#those([id])[0]
    if (current?.revision !== ifRevision) return undefined
    const revision = this.#note(id)
    if (value === undefined) this.#records.delete(id)
    else this.#hold(Object.freeze({ id, revision, value, until: change.until }))
    return revision
  }

  async watch(changed: () => void): Promise<() => Promise<void>> {
    const watcher = (): void => changed()
    this.#watchers.add(watcher)
    return async () => void this.#watchers.delete(watcher)
  }

  get #revision(): string {
    return revisionOf({ number: this.#number, nonce: this.#nonce })
  }

  #those(ids: readonly string[]): StoredRecord[] {
    const now = this.#clock.now()
    return ids.flatMap((id) => this.#records.get(id) ?? []).filter((record) => !hasEnded(record, now))
  }

  #hold(record: StoredRecord): void {
    this.#records.set(record.id, record)
    this.#endings.add(record)
  }

  #note(id: string): string {
    this.#number += 1
    this.#history.push(id)
    if (this.#history.length > 2 * longestHistory) this.#history = this.#history.slice(-longestHistory)
    // After the writer's promise has resolved.
    for (const watcher of this.#watchers) setImmediate(() => this.#watchers.has(watcher) && watcher())
    return this.#revision
  }

  #dropEnded(): void {
    for (const { id, revision } of this.#endings.take(this.#clock.now())) {
      if (this.#records.get(id)?.revision !== revision) continue
      this.#records.delete(id)
      this.#note(id)
    }
  }
}

import { type Clock, systemClock } from '../clock.ts'
import { defaulting, having, readOptions } from '../configuration/options.ts'
import { nextTurn, setImmediate } from '../platform.ts'
import { Endings, hasEnded } from './endings.ts'
import type { KeyStore, ReadOptions, StoreContents, StoredRecord, StoreWrite, WriteOptions } from './key-store.ts'
import { drawNonce, placeOf, revisionOf } from './revision.ts'

/** The options of {@link memoryStore}. */
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

/** How many records are read without a pause. */
const longestPage = 1000

/** A record without its id. The number of its last change stands for its revision, to save memory: there may be a million. */
interface Held {
  readonly number: number
  readonly value: string
  readonly until: number | undefined
}

class MemoryStore implements KeyStore {
  readonly name = 'memory store'
  readonly prefix = ''
  readonly isInProcess = true
  readonly #clock: Clock
  readonly #records = new Map<string, Held>()
  readonly #endings = new Endings()
  /** The ids of the latest changes, oldest first. */
  #history: string[] = []
  #number = 0
  readonly #nonce = drawNonce()
  readonly #watchers = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async read({ since, signal, received }: ReadOptions): Promise<StoreContents> {
    signal.throwIfAborted()
    this.#dropEnded()
    const revision = this.#revision
    const place = placeOf(since)
    const isReset = place !== undefined && (place.nonce !== this.#nonce || place.number > this.#number)
    const missed = this.#number - (place?.number ?? Number.NEGATIVE_INFINITY)
    if (isReset || missed > this.#history.length)
      return { records: await this.#all(signal, received), revision, isReset }
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
    else this.#hold(id, value, change.until)
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

  /**
   * Reads all records, with pauses for requests. A change made meanwhile may be missing, and is among the changes of the next
   * read.
   *
   * @returns the records that nobody has received
   */
  async #all(signal: AbortSignal, received: ReadOptions['received']): Promise<StoredRecord[]> {
    if (received === undefined) return this.#those(this.#records.keys())
    let page: string[] = []
    for (const id of this.#records.keys()) {
      if (page.push(id) < longestPage) continue
      received(this.#those(page))
      page = []
      await nextTurn()
      signal.throwIfAborted()
    }
    return this.#those(page)
  }

  #those(ids: Iterable<string>): StoredRecord[] {
    const now = this.#clock.now()
    const found: StoredRecord[] = []
    for (const id of ids) {
      const held = this.#records.get(id)
      if (held !== undefined && !hasEnded(held, now)) found.push(this.#recordOf(id, held))
    }
    return found
  }

  #hold(id: string, value: string, until: number | undefined): void {
    this.#records.set(id, { number: this.#number, value, until })
    this.#endings.add(id, until)
  }

  #recordOf(id: string, { number, value, until }: Held): StoredRecord {
    return { id, revision: revisionOf({ number, nonce: this.#nonce }), value, until }
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
    const now = this.#clock.now()
    for (const id of this.#endings.take(now)) {
      const held = this.#records.get(id)
      // It may have been removed, or written again with another end.
      if (held === undefined || !hasEnded(held, now)) continue
      this.#records.delete(id)
      this.#note(id)
    }
  }
}

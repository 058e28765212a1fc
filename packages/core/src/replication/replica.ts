import { KeyStoreUnavailableError } from '../errors.ts'
import { untilAborted, withBackgroundDeadline, withDeadline } from '../deadline.ts'
import type { KeyStore, StoreContents, StoreWrite } from '../stores/key-store.ts'
import { ReplicaAge, type ReplicaAgeSettings } from './replica-age.ts'
import { storeFailure } from './store-failure.ts'

export interface ReplicaSettings extends ReplicaAgeSettings {
  readonly store: KeyStore
  /** The limit for one read or write, in milliseconds. */
  readonly requestTimeout: number
}

/** Receives what a replica reads. */
export interface ReplicaHolder {
  /** Stores the contents. If it throws, the read counts as failed. */
  take(contents: StoreContents): Promise<void>
  refreshed(): void
  failed(error: KeyStoreUnavailableError, retryIn: number): void
}

/**
 * Keeps a copy of a store up to date. Reads everything first, and then the changes: when the store sends a notification,
 * and at every interval, because notifications can be lost. Reads do not overlap. While the store is down, they continue
 * with back-off.
 */
export class Replica {
  readonly #settings: ReplicaSettings
  readonly #holder: ReplicaHolder
  readonly #age: ReplicaAge
  #since: string | undefined
  #reading: Promise<void> | undefined
  #next: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #unwatch: Promise<(() => Promise<void>) | undefined> | undefined
  #lastError: KeyStoreUnavailableError | undefined
  readonly #closing = new AbortController()

  constructor(settings: ReplicaSettings, holder: ReplicaHolder) {
    this.#settings = settings
    this.#holder = holder
    this.#age = new ReplicaAge(settings)
  }

  get isUsable(): boolean {
    return this.#age.isUsable
  }

  /** The time since the last successful read, in milliseconds. */
  get age(): number | undefined {
    return this.#age.age
  }

  /** The error of the last read, if it failed. */
  get lastError(): KeyStoreUnavailableError | undefined {
    return this.#lastError
  }

  /**
   * Reads the changes. The read begins now, or after the read in progress, so it sees every write that ended before the
   * call.
   *
   * @throws KeyStoreUnavailableError
   */
  refresh(): Promise<void> {
    if (this.#next !== undefined) return this.#next
    if (this.#reading === undefined) return this.#start()
    const start = (): Promise<void> => {
      this.#next = undefined
      return this.#start()
    }
    this.#next = this.#reading.then(start, start)
    return this.#next
  }

  /**
   * Writes one record.
   *
   * @returns the revision of the change; undefined if the record has changed since its writer read it
   * @throws KeyStoreUnavailableError
   */
  async write(change: StoreWrite): Promise<string | undefined> {
    const { store, requestTimeout } = this.#settings
    this.#mustBeOpen()
    try {
      return await withDeadline(requestTimeout, undefined, (signal) => {
        return untilAborted(store.write(change, { signal, within: requestTimeout }), signal)
      })
    } catch (error) {
      throw storeFailure(store.name, error, change.value)
    }
  }

  /** Stops timers and subscriptions. The copy can be used until it is too old. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the replica was closed'))
    clearTimeout(this.#timer)
    await (await this.#unwatch)?.().catch(() => undefined)
  }

  #start(): Promise<void> {
    clearTimeout(this.#timer)
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined
      this.#schedule()
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const { store, requestTimeout } = this.#settings
    this.#mustBeOpen()
    const startedAt = this.#age.now()
    try {
      const since = this.#since
      const contents = await withBackgroundDeadline(requestTimeout, undefined, (signal) => {
        return untilAborted(store.read({ since, signal }), signal)
      })
      await this.#holder.take(contents)
      this.#since = contents.revision
      this.#age.succeeded(startedAt)
      this.#lastError = undefined
    } catch (error) {
      throw this.#noteFailure(error)
    }
    this.#watch()
    this.#holder.refreshed()
  }

  #noteFailure(error: unknown): KeyStoreUnavailableError {
    this.#age.failed()
    const retryIn = this.#age.nextWait()
    const failure = storeFailure(this.#settings.store.name, error, undefined, retryIn / 1000)
    this.#lastError = failure
    this.#holder.failed(failure, retryIn)
    return failure
  }

  #schedule(): void {
    if (this.#isClosed || this.#next !== undefined) return
    this.#timer = setTimeout(() => this.#poll(), this.#age.nextWait()).unref()
  }

  #poll(): void {
    if (this.#isClosed) return
    // Failures are reported to the holder.
    this.refresh().catch(() => undefined)
  }

  /** Begins after the first successful read. If it fails, it is tried again after the next one. */
  #watch(): void {
    const { store } = this.#settings
    if (this.#isClosed || this.#unwatch !== undefined || store.watch === undefined) return
    this.#unwatch = this.#beginWatch()
  }

  /** A watch cannot begin while the store is down. `close` does not wait for it. */
  async #beginWatch(): Promise<(() => Promise<void>) | undefined> {
    const { signal } = this.#closing
    const beginning = (async () => this.#settings.store.watch?.(() => this.#poll(), { signal }))()
    try {
      return await untilAborted(beginning, signal)
    } catch {
      // The watch may still begin if the store ignores the signal.
      if (this.#isClosed) beginning.then((end) => end?.()).catch(() => undefined)
      this.#unwatch = undefined
      return undefined
    }
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new KeyStoreUnavailableError(`${this.#settings.store.name}: it was closed`)
  }
}

import { KeyStoreUnavailableError } from '../errors.ts'
import { untilAborted, withBackgroundDeadline, withDeadline } from '../deadline.ts'
import type { KeyStore, StoreContents, StoreWrite } from '../stores/key-store.ts'
import { ReplicaAge, type ReplicaAgeSettings } from './replica-age.ts'
import { storeFailure } from './store-failure.ts'

export interface ReplicaSettings extends ReplicaAgeSettings {
  readonly store: KeyStore
  /** Of one read or write, in milliseconds. */
  readonly requestTimeout: number
}

/** Who keeps what a replica reads. */
export interface ReplicaHolder {
  /** Takes in what was read. What it throws counts as a failed read. */
  take(contents: StoreContents): Promise<void>
  refreshed(): void
  failed(error: KeyStoreUnavailableError, retryIn: number): void
}

/**
 * Keeps up with a store: reads all of it, then what has changed, when the store tells of a change and at every interval,
 * since news can be lost. One read at a time. While the store is down it goes on asking, less and less often.
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

  /** Since the last good read, in milliseconds. */
  get age(): number | undefined {
    return this.#age.age
  }

  /** Of the last read, if it failed. */
  get lastError(): KeyStoreUnavailableError | undefined {
    return this.#lastError
  }

  /**
   * Reads what has changed. The read begins now, or after the one that is under way: it has all writes that ended before.
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
   * @returns the revision of the change; undefined if the record is not what its writer saw
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

  /** Ends timers and subscriptions. What is at hand serves until it is too old. */
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

  /** Once it can be read, it may be able to tell. One that fails to is asked again after the next good read. */
  #watch(): void {
    const { store } = this.#settings
    if (this.#isClosed || this.#unwatch !== undefined || store.watch === undefined) return
    this.#unwatch = this.#beginWatch()
  }

  /** A watch may take as long to begin as the store is away. Closing does not wait for it. */
  async #beginWatch(): Promise<(() => Promise<void>) | undefined> {
    const { signal } = this.#closing
    const beginning = (async () => this.#settings.store.watch?.(() => this.#poll(), { signal }))()
    try {
      return await untilAborted(beginning, signal)
    } catch {
      // It may begin nevertheless, if the store does not heed the signal.
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

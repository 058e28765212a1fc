import { elapsedSince, type Moment, momentOf } from '../clock.ts'
import { untilAborted, withDeadline } from '../deadline.ts'
import { KeyStoreUnavailableError } from '../errors.ts'
import { isErrorNamed } from '../recognized-errors.ts'
import type { KeyStore, StoreContents, StoredRecord, StoreWrite } from '../stores/key-store.ts'
import { EarliestTimer } from './earliest-timer.ts'
import { ReadAttempt } from './read-attempt.ts'
import type { ReplicaHolder } from './replica-holder.ts'
import { ReplicaPolicy, type ReplicaPolicySettings } from './replica-policy.ts'
import { storeFailure } from './store-failure.ts'
import { StoreWatch } from './store-watch.ts'

export interface ReplicaSettings extends ReplicaPolicySettings {
  readonly store: KeyStore
}

/**
 * Keeps a copy of a store up to date. Reads everything first, and then the changes: when the store sends a notification,
 * and at every interval, because notifications can be lost. Reads do not overlap. While the store is down, they continue
 * with back-off.
 */
export class Replica {
  readonly #settings: ReplicaSettings
  readonly #holder: ReplicaHolder
  readonly #policy: ReplicaPolicy
  readonly #watch: StoreWatch
  #since: string | undefined
  #reading: Promise<void> | undefined
  #attempt: ReadAttempt | undefined
  #next: Promise<void> | undefined
  /** A change was notified after the last read began. */
  #isBehind = false
  #isClosed = false
  readonly #timer = new EarliestTimer(() => this.#poll())
  #lastError: KeyStoreUnavailableError | undefined
  #failedReads = 0

  constructor(settings: ReplicaSettings, holder: ReplicaHolder) {
    this.#settings = settings
    this.#holder = holder
    this.#policy = new ReplicaPolicy(settings)
    this.#watch = new StoreWatch(settings.store, () => this.#notified())
  }

  /** For messages. */
  get storeName(): string {
    return this.#settings.store.name
  }

  get isUsable(): boolean {
    return this.#policy.isUsable
  }

  /** Like {@link isUsable}, without reading a clock. @param now the time of the system clock */
  isUsableAt(now: number): boolean {
    return this.#policy.isUsableAt(now)
  }

  get isReading(): boolean {
    return this.#reading !== undefined
  }

  /** The time since the last successful read, in milliseconds. */
  get age(): number | undefined {
    return this.#policy.age
  }

  /** The number of reads that have failed so far. */
  get failedReads(): number {
    return this.#failedReads
  }

  /** The error of the last read, if it failed. */
  get lastError(): KeyStoreUnavailableError | undefined {
    return this.#lastError
  }

  /** True if a read that has not begun yet waits for the end of the one in progress. */
  get isReadQueued(): boolean {
    return this.#next !== undefined
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
    this.#attempt?.endIfInterrupted()
    const start = (): Promise<void> => {
      this.#next = undefined
      return this.#start()
    }
    this.#next = this.#reading.then(start, start)
    return this.#next
  }

  /**
   * Makes a copy that is too old usable again: waits for the read in progress, or for the next one. All callers share it. A process
   * or a machine that was suspended wakes up with such a copy, although the store is up.
   *
   * @throws KeyStoreUnavailableError if the copy stays too old
   */
  async ensureUsable(): Promise<void> {
    if (this.isUsable) return
    if (this.#mustWait) throw this.#lastError
    await this.#anyRead()
    // If the process was suspended during the read, the answer is too old already.
    if (!this.isUsable) await this.#anyRead()
    if (!this.isUsable) throw new KeyStoreUnavailableError(`${this.storeName}: the copy of it is too old`)
  }

  /**
   * Like {@link refresh}, but the wait for a read in progress counts: a store that hangs is not waited for twice.
   *
   * @throws KeyStoreUnavailableError after `requestTimeout`
   */
  async refreshInTime(): Promise<void> {
    const { store, requestTimeout } = this.#settings
    const reading = this.refresh()
    try {
      await withDeadline(requestTimeout, undefined, (signal) => untilAborted(reading, signal))
    } catch (error) {
      throw isErrorNamed('KeyStoreUnavailableError', error) ? error : storeFailure(store.name, error, undefined)
    }
  }

  /**
   * Signing with keys that others have replaced would make tokens that nobody accepts, and verifiers cache a JWKS that lacks
   * the next key. So a process that was suspended looks at the store before it signs or publishes. It does not wait for a
   * store that is down. If the process is suspended again during the wait, its end does not mean that the store is down.
   */
  async catchUp(): Promise<void> {
    const { requestTimeout, clock } = this.#settings
    while (!this.#mustWait && !this.#isClosed && this.#policy.isOverdue) {
      const startedAt = momentOf(clock)
      await this.refreshInTime().catch(() => undefined)
      if (elapsedSince(startedAt, clock) <= 2 * requestTimeout) return
    }
  }

  /** The read in progress, or the next one. */
  #anyRead(): Promise<void> {
    this.#attempt?.endIfInterrupted()
    return this.#reading ?? this.refresh()
  }

  /** True after a failure, until the next read is due. */
  get #mustWait(): boolean {
    return this.#lastError !== undefined && this.#policy.retryIn > 0
  }

  /**
   * Writes one record.
   *
   * @param decidedAt when the writer decided what to write. The time limit counts from here, because times in the record
   *   may be wrong after the process was suspended in between.
   * @returns the revision of the change; undefined if the writer must decide again, because the record has changed since it
   *   was read, or because that was too long ago
   * @throws KeyStoreUnavailableError
   */
  async write(change: StoreWrite, decidedAt: Moment = momentOf(this.#settings.clock)): Promise<string | undefined> {
    const { store, requestTimeout, clock } = this.#settings
    this.#mustBeOpen()
    const within = requestTimeout - elapsedSince(decidedAt, clock)
    if (within <= 0) return undefined
    try {
      return await withDeadline(within, undefined, (signal) => {
        return untilAborted(store.write(change, { signal, within }), signal)
      })
    } catch (error) {
      throw storeFailure(store.name, error, change.value)
    }
  }

  /** Stops timers and subscriptions. The copy can be used until it is too old. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer.clear()
    await this.#watch.close()
  }

  #start(): Promise<void> {
    this.#timer.clear()
    this.#isBehind = false
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined
      if (this.#isClosed) return
      this.#timer.set(this.#policy.nextWait())
      if (this.#isBehind) this.#timer.set(this.#policy.newsWait())
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    this.#mustBeOpen()
    const attempt = new ReadAttempt(this.#settings)
    this.#attempt = attempt
    try {
      const contents = await this.#contents(attempt)
      await this.#holder.take(contents)
      this.#since = contents.revision
      this.#policy.succeeded(attempt.startedAt)
      this.#lastError = undefined
    } catch (error) {
      if (attempt.wasInterrupted) return this.#read()
      throw this.#noteFailure(error)
    }
    this.#watch.begin()
    this.#holder.refreshed()
  }

  async #contents(attempt: ReadAttempt): Promise<StoreContents> {
    const parts: (readonly StoredRecord[])[] = []
    const takePart = this.#holder.takePart?.bind(this.#holder) ?? ((part) => void parts.push(part))
    const contents = await attempt.contents(this.#since, takePart)
    return parts.length === 0 ? contents : { ...contents, records: [...parts, contents.records].flat() }
  }

  #noteFailure(error: unknown): KeyStoreUnavailableError {
    this.#failedReads += 1
    this.#policy.failed()
    const retryIn = this.#policy.nextWait()
    const failure = storeFailure(this.#settings.store.name, error, undefined, retryIn / 1000)
    this.#lastError = failure
    this.#holder.failed(failure, retryIn)
    return failure
  }

  /** Notifications in a row have one read: the wait is drawn once. */
  #notified(): void {
    if (this.#isClosed || this.#isBehind) return
    this.#isBehind = true
    // A read in progress may have begun before the change. The next one is scheduled when it ends.
    if (this.#reading === undefined) this.#timer.set(this.#policy.newsWait())
  }

  #poll(): void {
    // Failures are reported to the holder.
    this.refresh().catch(() => undefined)
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new KeyStoreUnavailableError(`${this.#settings.store.name}: it was closed`)
  }
}

import { type Clock, elapsedSince, momentOf, systemClock } from '../clock.ts'
import { defaulting, having, readOptions, text } from '../configuration/options.ts'
import { Gate } from '../gate.ts'
import { fileSystem, join, resolve, watch } from '../platform.ts'
import { hasEnded } from './endings.ts'
import type { WrittenChange } from './file/change-files.ts'
import { Compaction } from './file/compaction.ts'
import { type Change, contains, latestOf } from './file/history.ts'
import { Journal } from './file/journal.ts'
import { type FileSystem, PrivateFiles } from './file/private-files.ts'
import { RecordIndex } from './file/record-index.ts'
import { lastingRecords } from './file/state.ts'
import type { KeyStore, ReadOptions, StoreContents, StoredRecord, StoreWrite, WriteOptions } from './key-store.ts'
import { drawNonce, type Place, placeOf, revisionOf } from './revision.ts'

/** The options of {@link fileStore}. */
export interface FileStoreOptions {
  /** Default: the system's clock. */
  clock?: Clock | undefined
}

/**
 * A store in a folder, for the processes of one machine. The folder is made if it is not there, and is for its owner alone
 * (0700, its files 0600). Each change is on the disk before it counts. A process that is killed leaves nothing half written
 * and nothing locked.
 *
 * Not for network file systems, whose promises about links, flushing and order differ: use a server there.
 *
 * ```ts
 * import { fileStore } from '@bearerkit/core'
 *
 * const store = fileStore('./keys')
 * console.log(store.name) // file store /srv/orders/keys
 * ```
 *
 * @param folder nothing else is in it. To back it up or restore it, copy all of it.
 * @throws ConfigurationError if the folder is no path, or an option is unknown
 */
export function fileStore(folder: string, options: FileStoreOptions = {}): KeyStore {
  const readers = { clock: defaulting(having<Clock>('now'), systemClock) }
  const { clock } = readOptions<{ clock: Clock }>('fileStore', options, readers)
  return new FileStore(text(folder, 'fileStore: option `folder`'), clock)
}

/** See {@link Journal} for how it holds together. */
export class FileStore implements KeyStore {
  readonly name: string
  readonly prefix = ''
  readonly #clock: Clock
  readonly #files: PrivateFiles
  readonly #journal: Journal
  readonly #index: RecordIndex
  readonly #compaction: Compaction
  /** The writes of this process take turns, rather than race each other. */
  readonly #turn = new Gate(1)
  #preparing: Promise<void> | undefined

  /** @param files in tests, a file system that fails */
  constructor(folder: string, clock: Clock, files: FileSystem = fileSystem) {
    const path = resolve(folder)
    this.name = `file store ${path}`
    this.#clock = clock
    this.#files = new PrivateFiles(files, join(path, 'aside'))
    this.#journal = new Journal(this.#files, path)
    this.#index = new RecordIndex(this.#journal)
    this.#compaction = new Compaction(this.#journal, this.#index, clock)
  }

  async read({ since, signal, received }: ReadOptions): Promise<StoreContents> {
    signal.throwIfAborted()
    await this.#prepared()
    const place = placeOf(since)
    const progress = (): void => {
      signal.throwIfAborted()
      received?.([])
    }
    const changes = place && (await this.#journal.changesSince(place, progress))
    if (place !== undefined && changes !== undefined) {
      const last = changes.at(-1)?.place ?? place
      return { ...contentsAfter(changes, this.#clock.now()), revision: revisionOf(last) }
    }
    return this.#journal.withState(async (state) => {
      const records: StoredRecord[] = []
      for await (const part of lastingRecords(state, this.#clock.now())) {
        signal.throwIfAborted()
        if (received === undefined) records.push(...part)
        else received(part)
      }
      const { history } = state
      return {
        records,
        revision: revisionOf(history.place),
        isReset: place !== undefined && contains(history, place) === false,
      }
    }, progress)
  }

  async write(change: StoreWrite, { signal, within }: WriteOptions): Promise<string | undefined> {
    const started = momentOf(this.#clock)
    const mustBeInTime = (): void => {
      signal.throwIfAborted()
      // The signal comes from a timer, which may be late after the process was suspended.
      if (elapsedSince(started, this.#clock) > within) throw new Error('the write took too long, and was given up')
    }
    await this.#prepared()
    return this.#turn.pass(async () => {
      mustBeInTime()
      const revision = await this.#write(change, mustBeInTime)
      this.#compaction.consider()
      return revision
    })
  }

  /** The system tells of new files, but promises nothing: some tell of none, or fail at any time. */
  async watch(changed: () => void): Promise<() => Promise<void>> {
    await this.#prepared()
    const watcher = watch(this.#journal.watchedFolder, { persistent: false }, () => changed())
    watcher.on('error', () => watcher.close())
    return async () => watcher.close()
  }

  async #write(change: StoreWrite, mustBeInTime: () => void): Promise<string | undefined> {
    const { id, value, ifRevision } = change
    const until = value === undefined ? undefined : change.until
    const nonce = drawNonce()
    const place = await this.#placeIf(id, ifRevision)
    if (place === undefined) return undefined
    const written: WrittenChange = { nonce, id, value, until }
    return this.#files.writingAside(JSON.stringify(written), async (aside) => {
      for (let last = place; ;) {
        mustBeInTime()
        if (await this.#journal.append(last, aside, nonce)) return revisionOf({ number: last.number + 1, nonce })
        const next = await this.#placeIf(id, ifRevision)
        if (next === undefined) return undefined
        last = next
      }
    })
  }

  /** Where the history is now, if the record is what its writer saw. */
  async #placeIf(id: string, ifRevision: string | undefined): Promise<Place | undefined> {
    const { place, revision } = await this.#index.lookAt(id, this.#clock.now())
    return revision === ifRevision ? place : undefined
  }

  async #prepared(): Promise<void> {
    this.#preparing ??= this.#journal.prepare()
    try {
      await this.#preparing
    } catch (error) {
      this.#preparing = undefined
      throw error
    }
  }
}

function contentsAfter(changes: readonly Change[], now: number): Pick<StoreContents, 'records' | 'removed'> {
  const latest = latestOf(changes)
  const isThere = (record: StoredRecord | undefined): record is StoredRecord =>
    record !== undefined && !hasEnded(record, now)
  return {
    records: [...latest.values()].filter(isThere),
    removed: [...latest].flatMap(([id, record]) => (isThere(record) ? [] : id)),
  }
}

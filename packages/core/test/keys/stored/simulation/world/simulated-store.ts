import type {
  KeyStore,
  ReadOptions,
  StoreContents,
  StoreWrite,
  WriteOptions,
} from '../../../../../src/stores/key-store.ts'
import type { SeededRandom } from '../../../../support/seeded-random.ts'
import { FaultyStore } from '../../setting.ts'
import type { Instance } from '../instance.ts'
import type { Sleeper, VirtualTime } from './virtual-time.ts'
import { Weather } from './weather.ts'

/** A write that the store has made. */
export interface MadeWrite {
  readonly id: string
  readonly former: string | undefined
  readonly value: string | undefined
  readonly by: Instance
}

/** The database of the fleet. */
export class SimulatedStore {
  readonly #database = new FaultyStore('fleet:')
  readonly #values = new Map<string, string>()
  readonly #connections = new Set<StoreConnection>()
  readonly made: MadeWrite[] = []
  #writing: () => void = () => undefined
  weather = new Weather('fair', new Set())

  get name(): string {
    return this.#database.name
  }

  get prefix(): string {
    return this.#database.prefix
  }

  connect(connection: StoreConnection): void {
    this.#connections.add(connection)
  }

  disconnect(connection: StoreConnection): void {
    this.#connections.delete(connection)
  }

  read(options: ReadOptions): Promise<StoreContents> {
    return this.#database.read(options)
  }

  async write(change: StoreWrite, by: Instance): Promise<string | undefined> {
    const { id, value } = change
    const revision = await this.#database.write(change, { signal: new AbortController().signal, within: 1000 })
    if (revision !== undefined) this.#note(id, value, by)
    return revision
  }

  /** Resolves when a process has decided on a write, before it is sent. */
  nextWrite(): Promise<void> {
    return new Promise((resolve) => (this.#writing = resolve))
  }

  /** Called before a write is sent. */
  announceWrite(): void {
    this.#writing()
  }

  /** Puts a value in the place of a record, as someone who can write to the database. */
  async forge(id: string, value: string): Promise<void> {
    await this.#database.forge(id, value)
    this.#values.set(id, value)
    this.#tell()
  }

  backup(): ReadonlyMap<string, string> {
    return new Map(this.#values)
  }

  /** Loses everything, and has the contents of the backup. */
  async restore(backup: ReadonlyMap<string, string>): Promise<void> {
    await this.#database.restore(backup)
    this.#values.clear()
    for (const [id, value] of backup) this.#values.set(id, value)
    this.#tell()
  }

  #note(id: string, value: string | undefined, by: Instance): void {
    this.made.push({ id, former: this.#values.get(id), value, by })
    if (value === undefined) this.#values.delete(id)
    else this.#values.set(id, value)
    this.#tell()
  }

  #tell(): void {
    for (const connection of this.#connections) connection.tell()
  }
}

export interface ConnectionSettings {
  readonly store: SimulatedStore
  readonly time: VirtualTime
  /** Whom the weather affects. */
  readonly instance: Instance
  /** Whose timers wait while it is suspended. */
  readonly process: Sleeper
  readonly random: SeededRandom
  readonly tellsNews: boolean
}

type Exchange<T> = () => Promise<T>

/** The connection of one process to the store. */
export class StoreConnection implements KeyStore {
  readonly name: string
  readonly prefix: string
  readonly #settings: ConnectionSettings
  readonly #random: { readonly read: SeededRandom; readonly write: SeededRandom; readonly news: SeededRandom }
  readonly watch?: NonNullable<KeyStore['watch']>
  #changed: (() => void) | undefined
  #requested: () => void = () => undefined
  /** When the last read began whose answer arrived in time. */
  readAt: number | undefined
  reads = 0

  constructor(settings: ConnectionSettings) {
    const { store, random, tellsNews } = settings
    this.name = store.name
    this.prefix = store.prefix
    this.#settings = settings
    this.#random = { read: random.fork(), write: random.fork(), news: random.fork() }
    if (tellsNews) this.watch = (changed) => this.#watch(changed)
    store.connect(this)
  }

  async read(options: ReadOptions): Promise<StoreContents> {
    const { store, time } = this.#settings
    const begunAt = time.now
    this.reads += 1
    const contents = await this.#exchange(this.#random.read, () => store.read(options))
    if (!options.signal.aborted) this.readAt = begunAt
    return contents
  }

  async write(change: StoreWrite, options: WriteOptions): Promise<string | undefined> {
    const { store, time, instance, process } = this.#settings
    const begunAt = time.now
    store.announceWrite()
    // Whoever waits for a write may suspend this process now.
    await Promise.resolve()
    if (process.isSuspended) await time.wait(1, process)
    return this.#exchange(this.#random.write, async () => {
      if (time.now - begunAt > options.within) throw new Error('nobody waits for this write any longer')
      return store.write(change, instance)
    })
  }

  /** Resolves when a request has begun. */
  nextRequest(): Promise<void> {
    return new Promise((resolve) => (this.#requested = resolve))
  }

  get isWatching(): boolean {
    return this.#changed !== undefined
  }

  /** A record was changed. */
  tell(): void {
    const { store, instance, time, process } = this.#settings
    const { news } = this.#random
    if (store.weather.losesNews(instance, news)) return
    void time.wait(news.between(2, 200), process).then(() => time.as(process, () => this.#changed?.()))
  }

  async #watch(changed: () => void): Promise<() => Promise<void>> {
    this.#changed = changed
    return async () => {
      this.#changed = undefined
    }
  }

  async #exchange<T>(random: SeededRandom, act: Exchange<T>): Promise<T> {
    const { store, instance, time, process } = this.#settings
    const { there, back, request, answer } = store.weather.fate(instance, random)
    this.#requested()
    // A request of a suspended process is under way, or still in the process.
    if (there > 0) await time.wait(there, random.chance(0.8) ? undefined : process)
    if (request === 'refused') throw new Error('connection refused')
    if (request === 'lost') return never()
    const result = await act()
    // The store does not keep the connections of processes that do not answer.
    if (answer === 'lost' || (process.isSuspended && random.chance(0.5))) return never()
    if (back > 0 || process.isSuspended) await time.wait(back, process)
    if (answer === 'cut') throw new Error('connection reset')
    return result
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

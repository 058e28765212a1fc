import type { KeyStoreUnavailableError } from '../../src/errors.ts'
import type { ReplicaHolder } from '../../src/replication/replica-holder.ts'
import { Replica, type ReplicaSettings } from '../../src/replication/replica.ts'
import type {
  KeyStore,
  ReadOptions,
  StoreContents,
  StoredRecord,
  StoreWrite,
  WriteOptions,
} from '../../src/stores/key-store.ts'
import { TwoClocks } from '../support/two-clocks.ts'

/** One read that a replica has begun. The test decides how it ends. */
export interface PendingRead extends ReadOptions {
  answer(contents?: Partial<StoreContents>): void
  fail(error: Error): void
}

/** A store whose answers come from the test. */
export class ScriptedStore implements KeyStore {
  readonly name = 'scripted store'
  readonly prefix = 'test:'
  readonly reads: PendingRead[] = []
  readonly writes: { readonly change: StoreWrite; readonly options: WriteOptions }[] = []
  /** What a write answers. */
  onWrite: (change: StoreWrite, options: WriteOptions) => Promise<string | undefined> = async () => '1-a'
  /** What a watch begins with. */
  onWatch: () => Promise<void> = async () => undefined
  watches = 0
  endedWatches = 0
  #changed: () => void = () => undefined
  #told: () => void = () => undefined

  read(options: ReadOptions): Promise<StoreContents> {
    return new Promise((resolve, reject) => {
      this.reads.push({
        ...options,
        answer: (contents = {}) =>
          resolve({ records: [], removed: [], revision: `${this.reads.length}-a`, ...contents }),
        fail: reject,
      })
      this.#told()
    })
  }

  async write(change: StoreWrite, options: WriteOptions): Promise<string | undefined> {
    this.writes.push({ change, options })
    return this.onWrite(change, options)
  }

  async watch(changed: () => void): Promise<() => Promise<void>> {
    this.watches += 1
    await this.onWatch()
    this.#changed = changed
    return async () => void (this.endedWatches += 1)
  }

  notify(): void {
    this.#changed()
  }

  /** Waits for the read with this number, the first being 1. */
  async readNumber(number: number): Promise<PendingRead> {
    while (this.reads.length < number) await new Promise<void>((resolve) => (this.#told = resolve))
    return this.reads[number - 1] as PendingRead
  }
}

/** Notes what a replica reports. */
export class NotingHolder implements ReplicaHolder {
  readonly taken: StoreContents[] = []
  readonly failures: { readonly error: KeyStoreUnavailableError; readonly retryIn: number }[] = []
  refreshes = 0

  async take(contents: StoreContents): Promise<void> {
    this.taken.push(contents)
  }

  refreshed(): void {
    this.refreshes += 1
  }

  failed(error: KeyStoreUnavailableError, retryIn: number): void {
    this.failures.push({ error, retryIn })
  }
}

const open: Replica[] = []

export async function closeReplicas(): Promise<void> {
  await Promise.all(open.splice(0).map((replica) => replica.close()))
}

/** By default it polls only when a test asks for it. */
export function replicaOn<H extends ReplicaHolder>(
  holder: H,
  given: Partial<ReplicaSettings> = {},
): { replica: Replica; store: ScriptedStore; clock: TwoClocks; holder: H } {
  const [store, clock] = [new ScriptedStore(), new TwoClocks()]
  const durations = { pollInterval: 3_600_000, staleIfError: 3_600_000, requestTimeout: 1000 }
  const replica = new Replica({ store, clock, random: () => 0, ...durations, ...given }, holder)
  open.push(replica)
  return { replica, store, clock, holder }
}

export function record(id: string): StoredRecord {
  return { id, revision: `1-${id}`, value: id }
}

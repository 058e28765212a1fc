import type { Clock } from '../../../src/clock.ts'
import { TokenIssuer } from '../../../src/jwt/token-issuer.ts'
import { TokenVerifier } from '../../../src/jwt/token-verifier.ts'
import { StoredKeyProvider } from '../../../src/keys/stored/stored-key-provider.ts'
import type { StoredKeyProviderOptions } from '../../../src/keys/stored/stored-key-options.ts'
import type { StoredKeyEvents } from '../../../src/keys/stored/stored-key-events.ts'
import type {
  KeyStore,
  ReadOptions,
  StoreContents,
  StoredRecord,
  StoreWrite,
  WriteOptions,
} from '../../../src/stores/key-store.ts'
import { memoryStore } from '../../../src/stores/memory-store.ts'
import { ManualClock } from '../../support/clock.ts'
import { audience, issuer } from '../../support/foreign-issuer.ts'

export const encryptionKey = new Uint8Array(32).fill(1)
export const otherEncryptionKey = new Uint8Array(32).fill(2)

/** A store whose news are lost, that counts what it is asked, and that can be taken down. */
export class FaultyStore implements KeyStore {
  readonly name = 'faulty store'
  readonly prefix: string
  #inner = memoryStore()
  /** What fails: with this error, or by never answering. */
  fault: Error | 'hangs' | undefined
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

/** One instance of a service. */
export interface Instance {
  readonly keys: StoredKeyProvider
  readonly tokens: TokenIssuer
  readonly verifier: TokenVerifier
  /** What it has reported, in order. */
  readonly events: { readonly event: keyof StoredKeyEvents; readonly detail: unknown }[]
}

const opened: StoredKeyProvider[] = []

/** Closes all instances. To be called after all tests of a file. */
export async function closeInstances(): Promise<void> {
  await Promise.all(opened.map((keys) => keys.close()))
}

/** A clock that a test turns. */
export interface TestClock extends Clock {
  advance(milliseconds: number): void
}

/** Several instances on one store and one clock, which polls only when a test asks for it. */
export class Fleet {
  readonly clock: TestClock
  readonly store: FaultyStore

  constructor(store = new FaultyStore(), clock: TestClock = new ManualClock()) {
    this.store = store
    this.clock = clock
  }

  async open(options: Partial<StoredKeyProviderOptions> = {}): Promise<Instance> {
    const { store, clock } = this
    const defaults = {
      store,
      clock,
      encryptionKeys: [encryptionKey],
      pollInterval: '1h',
      staleIfError: '100000d',
    } as const
    const keys = await StoredKeyProvider.open({ ...defaults, ...options })
    opened.push(keys)
    const events: Instance['events'] = []
    for (const event of reported) keys.on(event, (detail) => events.push({ event, detail }))
    const tokens = new TokenIssuer({ keys, issuer, audience, clock })
    return { keys, tokens, events, verifier: new TokenVerifier({ keys, issuer, audience, clock }) }
  }

  async pair(options: Partial<StoredKeyProviderOptions> = {}): Promise<[Instance, Instance]> {
    return [await this.open(options), await this.open(options)]
  }

  async openMany(count: number, options: Partial<StoredKeyProviderOptions> = {}): Promise<Instance[]> {
    return Promise.all(Array.from({ length: count }, () => this.open(options)))
  }
}

const reported = [
  'keyAdded',
  'keyRemoved',
  'keyChanged',
  'recordSetAside',
  'storeUnavailable',
  'storeReset',
  'refreshed',
  'refreshFailed',
] as const

export function names({ events }: Instance): string[] {
  return events.map(({ event }) => event)
}

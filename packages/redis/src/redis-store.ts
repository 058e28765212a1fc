import { randomBytes } from 'node:crypto'
import {
  ConfigurationError,
  type KeyStore,
  type ReadOptions,
  readOptions,
  type StoreContents,
  type StoredRecord,
  type StoreWrite,
  text,
  type WriteOptions,
} from '@bearerkit/core'
import { type RedisClient, Script, type ScriptTarget, scriptTargetOf } from './client.ts'
import { tagged } from './hash-tag.ts'
import { readScript, scanScript, writeScript } from './scripts.ts'
import { ServerClock, stopwatch } from './server-clock.ts'
import { recordsIn, written } from './stored-form.ts'

/** The options of {@link redisStore}. */
export interface RedisStoreOptions {
  /**
   * What the keys of this store begin with: `orders:`. Each store needs one of its own, and all instances of a service the
   * same. It is the hash tag of the keys, so that in a cluster they are on one node; a tag of your own, in braces, is kept.
   */
  prefix: string
}

/**
 * A store in Redis 6.2 and later, or Valkey 7.2 and later, for any number of machines.
 *
 * The client is yours: connect it first. It reconnects as you configured it, and the store never closes it. For
 * notifications of changes, a duplicate of the client subscribes to a channel until the watch ends.
 *
 * Redis must keep the records: turn on persistence (`appendonly yes`) and turn off eviction (`maxmemory-policy noeviction`).
 *
 * ```ts
 * import { redisStore } from '@bearerkit/redis'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: 'redis://localhost:6379' })
 * client.on('error', (error) => console.error(error))
 * await client.connect()
 * const store = redisStore(client, { prefix: 'orders:' })
 * console.log(store.name) // redis orders:
 * ```
 *
 * @param client of `redis` 5 or later, or of `ioredis` 5 or later; also of a cluster
 * @throws ConfigurationError if it is neither, or the prefix cannot be used
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions): KeyStore {
  const { prefix } = readOptions<RedisStoreOptions>('redisStore', options, { prefix: text })
  const target = scriptTargetOf(client)
  if (target === undefined)
    throw new ConfigurationError('redisStore: `client` must be a client of `redis` or `ioredis`, 5 or later', 'client')
  return new RedisStore(target, prefix)
}

const scripts = { read: new Script(readScript), write: new Script(writeScript), scan: new Script(scanScript) }

export interface Sizes {
  /** The most changes in one answer. */
  readonly changes: number
  /** The most records for which one answer contains all records. */
  readonly few: number
  /** The number of records per answer if there are more. */
  readonly page: number
  /** How many changes and removals are remembered. A reader that missed more reads everything. */
  readonly history: number
}

const usualSizes: Sizes = { changes: 1000, few: 1000, page: 1000, history: 10_000 }

/** The answer of the read script. */
interface Answer {
  readonly kind: string
  readonly revision: string
  /** Whether there are more changes, or whether the store was reset. */
  readonly rest: string
  readonly fields: readonly string[]
}

export class RedisStore implements KeyStore {
  readonly name: string
  readonly prefix: string
  readonly #target: ScriptTarget
  readonly #keys: readonly string[]
  readonly #channel: string
  readonly #sizes: Sizes
  readonly #serverClock = new ServerClock()

  constructor(target: ScriptTarget, prefix: string, sizes: Sizes = usualSizes) {
    const base = tagged(prefix)
    this.name = `redis ${prefix}`
    this.prefix = prefix
    this.#target = target
    this.#keys = ['records', 'changes', 'lineage', 'endings'].map((part) => base + part)
    this.#channel = `${base}changed`
    this.#sizes = sizes
  }

  async read({ since, signal, received }: ReadOptions): Promise<StoreContents> {
    const changed = new Map<string, StoredRecord | undefined>()
    for (let from = since; ;) {
      signal.throwIfAborted()
      const { kind, revision, rest, fields } = await this.#readFrom(from)
      const isReset = rest === 'reset'
      if (kind === 'all') return { records: this.#lasting(this.#records(fields)), revision, isReset }
      if (kind !== 'changes') return { records: await this.#scan(signal, received), revision, isReset }
      for (const [id, record] of this.#records(fields)) changed.set(id, record)
      const removed = [...changed].flatMap(([id, record]) => (record === undefined ? id : []))
      if (rest === 'end') return { records: this.#lasting(changed), removed, revision }
      received?.([])
      from = revision
    }
  }

  async write(change: StoreWrite, { signal, within }: WriteOptions): Promise<string | undefined> {
    const elapsed = stopwatch()
    const nonce = drawNonce()
    for (;;) {
      signal.throwIfAborted()
      const [outcome, revision] = await this.#write(change, nonce, within - elapsed())
      if (outcome === 'done') return revision
      if (outcome === 'lost') return undefined
      // Either the write is late, or the server's time was not known exactly. Now it is.
      if (elapsed() >= within) throw new Error(`${this.name}: the write came too late, and did not take place`)
    }
  }

  watch(changed: () => void, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<() => Promise<void>> {
    return this.#target.subscribe(this.#channel, () => changed(), signal)
  }

  /** @param within the time left for the write, in milliseconds */
  async #write(change: StoreWrite, nonce: string, within: number): Promise<string[]> {
    const { id, value, ifRevision } = change
    const now = this.#serverClock.now()
    const [outcome = '', time, ...rest] = await this.#target.evaluate(scripts.write, this.#keys, [
      String(this.#sizes.history),
      id,
      value === undefined ? 'remove' : 'set',
      value ?? '',
      ifRevision === undefined ? '-' : `=${ifRevision}`,
      nonce,
      written(value === undefined ? undefined : change.until),
      now === undefined ? '-' : String(Math.floor(now + within)),
      this.#channel,
    ])
    this.#serverClock.set(Number(time))
    return [outcome, ...rest]
  }

  async #readFrom(since: string | undefined): Promise<Answer> {
    const [, number = '-1', nonce = ''] = /^(\d{1,15})-(\S+)$/.exec(since ?? '') ?? []
    const { history, changes, few } = this.#sizes
    const args = [String(history), number, nonce, drawNonce(), String(changes), String(few)]
    const answer = await this.#target.evaluate(scripts.read, this.#keys, args)
    const [kind = '', time, revision = '', rest = '', ...fields] = answer
    this.#serverClock.set(Number(time))
    return { kind, revision, rest, fields }
  }

  /**
   * Reads all records page by page. A change made meanwhile may be missing, and is among the changes of the next read.
   *
   * @returns the records that nobody has received
   */
  async #scan(signal: AbortSignal, received: ReadOptions['received']): Promise<StoredRecord[]> {
    const found = new Map<string, StoredRecord>()
    let cursor = '0'
    do {
      signal.throwIfAborted()
      const [next = '0', ...fields] = await this.#target.evaluate(scripts.scan, this.#keys, [
        cursor,
        String(this.#sizes.page),
      ])
      const page = this.#lasting(this.#records(fields))
      if (received === undefined) for (const record of page) found.set(record.id, record)
      else received(page)
      cursor = next
    } while (cursor !== '0')
    return [...found.values()]
  }

  #records(fields: readonly string[]): [string, StoredRecord | undefined][] {
    return recordsIn(fields, this.#serverClock.now() ?? Date.now())
  }

  #lasting(found: Iterable<[string, StoredRecord | undefined]>): StoredRecord[] {
    return [...found].flatMap(([, record]) => record ?? [])
  }
}

function drawNonce(): string {
  return randomBytes(6).toString('base64url')
}

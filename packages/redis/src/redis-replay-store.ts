import { randomBytes } from 'node:crypto'
import {
  ConfigurationError,
  defaulting,
  type Duration,
  oneOf,
  readOptions,
  type ReplayStore,
  ReplayStoreUnavailableError,
  replayUse,
  text,
  timerDuration,
  type UseOptions,
} from '@bearerkit/core'
import { type RedisClient, Script, type ScriptTarget, scriptTargetOf } from './client.ts'
import { firstUseScript } from './first-use-script.ts'
import { ServerClock, stopwatch } from './server-clock.ts'

/** The options of {@link redisReplayStore}. */
export interface RedisReplayStoreOptions {
  /** What the keys of this store begin with. All instances of a service need the same. Default `'replay:'`. */
  prefix?: string | undefined
  /** How long one use may take. Default `'2s'`. */
  requestTimeout?: Duration | undefined
  /**
   * What happens to a use that Redis cannot record. `'refuse'`: `ReplayStoreUnavailableError`, 503. `'accept'`: it counts as
   * the first use, so during an outage a proof or token that was intercepted can be used again. Default `'refuse'`.
   */
  whenUnavailable?: 'refuse' | 'accept' | undefined
}

/**
 * Remembers uses in Redis 6.2 and later, or Valkey 7.2 and later, for all instances of a service. Each use is one command, an
 * atomic script around `SET … NX PXAT`, and its key expires by itself. Ids are stored as hashes.
 *
 * The store never falls back to the memory of this process: each instance would accept the same id once. Turn off eviction
 * (`maxmemory-policy noeviction`), or uses are forgotten early when Redis is full. With `noeviction` a full Redis refuses
 * uses with 503.
 *
 * The client is yours, as for `redisStore`.
 *
 * ```ts
 * import { redisReplayStore } from '@bearerkit/redis'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: 'redis://localhost:6379' })
 * client.on('error', (error) => console.error(error))
 * await client.connect()
 * const replay = redisReplayStore(client, { prefix: 'orders:replay:' })
 * console.log(await replay.firstUse('5b2c', { until: Date.now() + 60_000 })) // true
 * ```
 *
 * @param client of `redis` 5 or later, or of `ioredis` 5 or later; also of a cluster
 * @throws ConfigurationError if it is neither, or an option cannot be used
 */
export function redisReplayStore(client: RedisClient, options: RedisReplayStoreOptions = {}): ReplayStore {
  const settings = readOptions<Settings>('redisReplayStore', options, {
    prefix: defaulting(text, 'replay:'),
    requestTimeout: defaulting(timerDuration, 2000),
    whenUnavailable: defaulting(oneOf<'refuse' | 'accept'>('refuse', 'accept'), 'refuse'),
  })
  const target = scriptTargetOf(client)
  if (target !== undefined) return new RedisReplayStore(target, settings)
  const message = 'redisReplayStore: `client` must be a client of `redis` or `ioredis`, 5 or later'
  throw new ConfigurationError(message, 'client')
}

interface Settings {
  readonly prefix: string
  /** In milliseconds. */
  readonly requestTimeout: number
  readonly whenUnavailable: 'refuse' | 'accept'
}

/** How many uses may wait at the same time. A client that reconnects queues all of them. */
const mostWaiting = 5000

class RedisReplayStore implements ReplayStore {
  readonly #target: ScriptTarget
  readonly #settings: Settings
  readonly #script = new Script(firstUseScript)
  readonly #serverClock = new ServerClock()
  #waiting = 0

  constructor(target: ScriptTarget, settings: Settings) {
    this.#target = target
    this.#settings = settings
  }

  async firstUse(id: string, options: UseOptions): Promise<boolean> {
    const { key, until } = replayUse(id, options)
    const { prefix, requestTimeout, whenUnavailable } = this.#settings
    try {
      return await within(requestTimeout, this.#record(prefix + key, until))
    } catch (cause) {
      if (whenUnavailable === 'accept') return true
      throw new ReplayStoreUnavailableError(`redis replay store ${prefix}: unavailable`, { cause })
    }
  }

  /** Sends the command again if it was too late only because the server's time was not known well enough. */
  async #record(key: string, until: number): Promise<boolean> {
    const { requestTimeout } = this.#settings
    const elapsed = stopwatch()
    const nonce = randomBytes(9).toString('base64url')
    for (;;) {
      const outcome = await this.#evaluate(key, [String(until), nonce, this.#deadline(requestTimeout - elapsed())])
      if (outcome !== 'late') return outcome === 'first'
      if (elapsed() >= requestTimeout) throw new Error('the use reached the server too late, and does not count')
    }
  }

  async #evaluate(key: string, args: readonly string[]): Promise<string | undefined> {
    if (this.#waiting >= mostWaiting) throw new Error(`${mostWaiting} uses wait for the server already`)
    this.#waiting += 1
    try {
      const [outcome, time] = await this.#target.evaluate(this.#script, [key], args)
      this.#serverClock.set(Number(time))
      return outcome
    } finally {
      this.#waiting -= 1
    }
  }

  /** By the server's clock. If its time is not known yet, one that has passed: the answer tells the time. */
  #deadline(left: number): string {
    const now = this.#serverClock.now()
    return now === undefined ? '0' : String(Math.floor(now + left))
  }
}

async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the server did not answer in time')), milliseconds)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

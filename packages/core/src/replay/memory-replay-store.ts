import { type Clock, systemClock } from '../clock.ts'
import { defaulting, having, optional, readOptions, refuse, wholeNumber } from '../configuration/options.ts'
import { ReplayStoreUnavailableError } from '../errors.ts'
import { hash } from '../platform.ts'
import { type ReplayStore, replayUse, type UseOptions } from './replay-store.ts'
import { UseEndings } from './use-endings.ts'

/** The options of {@link memoryReplayStore}. */
export interface MemoryReplayStoreOptions {
  /** How many uses are remembered at most. One takes about 250 bytes. Default 100,000. */
  max?: number | undefined
  /**
   * How many of them may belong to one group, so that no client can fill the store for the others. Uses without a group have
   * no such limit. Default: a tenth of `max`.
   */
  maxPerGroup?: number | undefined
  /** Default: the system clock. */
  clock?: Clock | undefined
}

/** Answers without a promise. */
export interface MemoryReplayStore extends ReplayStore {
  /** @throws ReplayStoreUnavailableError (503) if there is no room: see {@link MemoryReplayStoreOptions} */
  firstUse(id: string, options: UseOptions): boolean
  /** How many uses are remembered. Uses that have ended may be among them until the next call of `firstUse`. */
  readonly size: number
}

/**
 * Remembers uses in the memory of this process, exactly, until each has ended. When it is full of uses that still count, it
 * refuses new ones (503): it never forgets one early. Several processes behind one address need a common store, such as
 * `redisReplayStore` of `@bearerkit/redis`.
 *
 * ```ts
 * import { memoryReplayStore } from '@bearerkit/core'
 *
 * const replay = memoryReplayStore({ max: 10_000 })
 * const until = Date.now() + 60_000
 * console.log(replay.firstUse('5b2c', { until })) // true
 * console.log(replay.firstUse('5b2c', { until })) // false
 * ```
 *
 * @throws ConfigurationError naming the option
 */
export function memoryReplayStore(options: MemoryReplayStoreOptions = {}): MemoryReplayStore {
  const { max, maxPerGroup, clock } = readOptions<Settings>('memoryReplayStore', options, {
    max: defaulting(mapSize, 100_000),
    maxPerGroup: optional(wholeNumber),
    clock: defaulting(having<Clock>('now'), systemClock),
  })
  return new Uses(max, maxPerGroup ?? Math.ceil(max / 10), clock)
}

interface Settings {
  readonly max: number
  readonly maxPerGroup: number | undefined
  readonly clock: Clock
}

/** V8's limit for a Map or a Set is 2^24 entries. */
function mapSize(value: unknown, option: string): number {
  const size = wholeNumber(value, option)
  if (size > 16_000_000) throw refuse(option, 'must be at most 16,000,000')
  return size
}

class Uses implements MemoryReplayStore {
  readonly #max: number
  readonly #maxPerGroup: number
  readonly #clock: Clock
  readonly #keys = new Set<string>()
  readonly #inGroup = new Map<string, number>()
  readonly #endings: UseEndings
  /** The latest time that the clock has shown. What had ended by then is forgotten, also if the clock is set back. */
  #latest: number

  constructor(max: number, maxPerGroup: number, clock: Clock) {
    this.#max = max
    this.#maxPerGroup = maxPerGroup
    this.#clock = clock
    this.#latest = clock.now()
    this.#endings = new UseEndings(this.#latest)
  }

  get size(): number {
    return this.#keys.size
  }

  firstUse(id: string, options: UseOptions): boolean {
    const { key, until } = replayUse(id, options)
    const now = this.#clock.now()
    this.#latest = Math.max(this.#latest, now)
    this.#forgetEnded()
    if (until <= now || this.#keys.has(key)) return false
    if (until <= this.#latest) throw unavailable('the clock was set back, and uses may have been forgotten')
    if (this.#keys.size >= this.#max) throw unavailable(`${this.#max} uses still count, which is \`max\``)
    const group = options.group === undefined ? undefined : bounded(options.group)
    if (group !== undefined) this.#countIn(group)
    this.#keys.add(key)
    this.#endings.add(key, group, until)
    return true
  }

  #countIn(group: string): void {
    const count = this.#inGroup.get(group) ?? 0
    if (count >= this.#maxPerGroup)
      throw unavailable(`${count} uses of one group still count, which is \`maxPerGroup\``)
    this.#inGroup.set(group, count + 1)
  }

  #forgetEnded(): void {
    for (const { key, group } of this.#endings.take(this.#latest)) {
      this.#keys.delete(key)
      if (group === undefined) continue
      const count = this.#inGroup.get(group) ?? 0
      if (count > 1) this.#inGroup.set(group, count - 1)
      else this.#inGroup.delete(group)
    }
  }
}

function unavailable(reason: string): ReplayStoreUnavailableError {
  return new ReplayStoreUnavailableError(`replay store in memory: ${reason}`)
}

/** A thumbprint is kept as it is; a longer name is kept as its hash, to limit memory. */
function bounded(group: string): string {
  return group.length <= 64 ? group : hash('sha256', group, 'base64url')
}

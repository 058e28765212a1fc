import { LimitError } from '../errors.ts'
import { hash } from '../platform.ts'

/** How long a use counts, and whose id it is. */
export interface UseOptions {
  /** Until when the use must be remembered: milliseconds since the epoch, or a Date. Later than the id can pass. */
  readonly until: number | Date
  /**
   * Where the id is unique: a key's thumbprint for the `jti` of a DPoP proof, the issuer for that of a logout token. The
   * same id in another group is another id. Default: one group for all ids without one.
   */
  readonly group?: string | undefined
}

/**
 * Remembers which ids were used, so that a proof or a token that counts once is refused the second time (RFC 9449 §11.1).
 *
 * Test your own with `describeReplayStore` of `@bearerkit/testing/contract`; `replayUse` gives you the key and the end to store.
 */
export interface ReplayStore {
  /**
   * Records a use in one atomic step. Returns true if it is the first use of the id, however many instances ask at once, and
   * false if the id was used before or `until` has passed. A store without waits answers without a promise.
   *
   * @throws ReplayStoreUnavailableError (503) if the store cannot tell, or has no room. It must not guess, and must not forget
   *   a use early to make room. May also be a rejection.
   * @throws LimitError if `until` is not a time
   */
  firstUse(id: string, options: UseOptions): boolean | PromiseLike<boolean>
}

/** A use in the form that a store keeps. */
export interface ReplayUse {
  /** The SHA-256 of group and id: 43 characters, whatever the id contains. */
  readonly key: string
  /** In whole milliseconds since the epoch, rounded up. */
  readonly until: number
}

/**
 * Returns the key and the end of a use. For implementations of {@link ReplayStore}: ids come from the network and may have
 * any length and any characters.
 *
 * ```ts
 * import { replayUse } from '@bearerkit/core'
 *
 * const { key, until } = replayUse('5b2c', { until: Date.now() + 60_000 })
 * console.log(key.length, new Date(until))
 * ```
 *
 * @throws LimitError if `until` is not a time
 */
export function replayUse(id: string, { until, group }: UseOptions): ReplayUse {
  // JSON keeps group and id apart, and lone surrogates, which UTF-8 would replace by one and the same character.
  return { key: hash('sha256', JSON.stringify([group, id]), 'base64url'), until: wholeMilliseconds(until) }
}

function wholeMilliseconds(until: unknown): number {
  const time = Math.ceil(until instanceof Date ? until.getTime() : typeof until === 'number' ? until : Number.NaN)
  if (!Number.isSafeInteger(time)) throw new LimitError('`until` must be milliseconds since the epoch, or a valid Date')
  return time
}

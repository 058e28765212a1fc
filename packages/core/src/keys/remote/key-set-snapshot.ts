import type { JWK } from 'jose'
import { type Clock, type Moment, momentOf } from '../../clock.ts'
import { ConfigurationError } from '../../errors.ts'
import { KeySet } from './key-set.ts'

/** A set of public keys on its way to another process: plain JSON. */
export interface KeySetSnapshot {
  readonly version: 1
  /** The JWKS URL or issuer that it is of. */
  readonly source: string
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number
  /** Milliseconds. */
  readonly freshFor: number
  readonly keys: readonly JWK[]
}

/**
 * Whether this is a snapshot of that source.
 *
 * @throws ConfigurationError if not
 */
export function checkSnapshot(snapshot: KeySetSnapshot, source: string): KeySetSnapshot {
  const isOne =
    typeof snapshot === 'object' &&
    (snapshot as unknown) !== null &&
    snapshot.version === 1 &&
    Number.isFinite(snapshot.fetchedAt) &&
    Number.isFinite(snapshot.freshFor) &&
    Array.isArray(snapshot.keys)
  if (!isOne) throw new ConfigurationError('RemoteJwksKeyProvider: option `snapshot` is not a snapshot', 'snapshot')
  if (snapshot.source === source) return snapshot
  throw new ConfigurationError('RemoteJwksKeyProvider: option `snapshot` is of another source', 'snapshot')
}

/** How far the clocks of two machines may differ, in milliseconds. */
const clockSkew = 60_000

export interface RestoredSet {
  readonly set: KeySet
  readonly freshFor: number
  readonly at: Moment
}

/**
 * The set, as old as it is. A snapshot can make keys no fresher than a fetch of its time would have: its own word for
 * its lifetime is bounded as a server's is. Undefined if it is from the future, or no key in it can be used.
 */
export async function restoreSnapshot(
  { fetchedAt, freshFor, keys, source }: KeySetSnapshot,
  { clock, cacheTtl, maxCacheTtl }: { clock: Clock; cacheTtl: number | undefined; maxCacheTtl: number },
): Promise<RestoredSet | undefined> {
  const now = momentOf(clock)
  if (fetchedAt > now.wall + clockSkew) return undefined
  const age = Math.max(0, now.wall - fetchedAt)
  const at = { wall: now.wall - age, monotonic: now.monotonic - age }
  const set = await KeySet.read({ keys }, source).catch(() => undefined)
  return set && { set, at, freshFor: Math.min(freshFor, cacheTtl ?? maxCacheTtl) }
}

import type { JWK } from 'jose'
import { type Clock, type Moment, momentOf } from '../../../clock.ts'
import { ConfigurationError } from '../../../errors.ts'
import { hash } from '../../../platform.ts'
import { printableUrl } from '../../../printable.ts'
import { KeySet } from './key-set.ts'

/** A set of public keys for another process, as plain JSON. */
export interface KeySetSnapshot {
  readonly version: 1
  /** The JWKS URL or issuer of the keys, without its query. */
  readonly source: string
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number
  /** Milliseconds. */
  readonly freshFor: number
  readonly keys: readonly JWK[]
}

/**
 * Returns the name of a source in its snapshots. A query may contain credentials, so part of a digest replaces it:
 * enough to detect a snapshot of another source.
 *
 * @param location the JWKS URL or issuer
 */
export function snapshotSource(location: string): string {
  const shown = printableUrl(location)
  if (shown === location) return location
  return `${shown}#${hash('sha256', location, 'base64url').slice(0, 8)}`
}

/**
 * Checks that this is a snapshot of that source.
 *
 * @param location the JWKS URL or issuer
 * @throws ConfigurationError if not
 */
export function checkSnapshot(snapshot: KeySetSnapshot, location: string): KeySetSnapshot {
  const isOne =
    typeof snapshot === 'object' &&
    (snapshot as unknown) !== null &&
    snapshot.version === 1 &&
    Number.isFinite(snapshot.fetchedAt) &&
    Number.isFinite(snapshot.freshFor) &&
    Array.isArray(snapshot.keys)
  if (!isOne) throw new ConfigurationError('RemoteJwksKeyProvider: option `snapshot` is not a snapshot', 'snapshot')
  if (snapshot.source === snapshotSource(location)) return snapshot
  throw new ConfigurationError('RemoteJwksKeyProvider: option `snapshot` is of another source', 'snapshot')
}

/** How far the clocks of two machines may differ, in milliseconds. */
const clockSkew = 60_000

/** Durations are in milliseconds. */
export interface RestorationSettings {
  readonly clock: Clock
  readonly cacheTtl: number | undefined
  readonly maxCacheTtl: number
  readonly maxKeys: number
}

export interface RestoredSet {
  readonly set: KeySet
  readonly freshFor: number
  readonly at: Moment
}

/**
 * Restores the set with its original age. The lifetime in a snapshot is bounded like a server's, so a snapshot cannot
 * make keys fresher than a fetch at its time would have. Undefined if it is from the future, or no key in it can be
 * used.
 */
export async function restoreSnapshot(
  { fetchedAt, freshFor, keys, source }: KeySetSnapshot,
  { clock, cacheTtl, maxCacheTtl, maxKeys }: RestorationSettings,
): Promise<RestoredSet | undefined> {
  const now = momentOf(clock)
  if (fetchedAt > now.wall + clockSkew) return undefined
  const age = Math.max(0, now.wall - fetchedAt)
  const at = { wall: now.wall - age, monotonic: now.monotonic - age }
  const set = await KeySet.read({ keys }, source, { maxKeys }).catch(() => undefined)
  return set && { set, at, freshFor: Math.min(freshFor, cacheTtl ?? maxCacheTtl) }
}

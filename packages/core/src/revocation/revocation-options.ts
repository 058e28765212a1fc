import type { Duration } from '../configuration/duration.ts'
import { duration, durationUpTo, positive } from '../configuration/duration-options.ts'
import { defaulting, readOptions, wholeNumber } from '../configuration/options.ts'
import { type ReplicaOptions, replicaReaders } from '../replication/replica-options.ts'
import type { ReplicaSettings } from '../replication/replica.ts'
import { keyStore } from '../stores/key-store-option.ts'
import type { KeyStore } from '../stores/key-store.ts'
import { processMemory } from './process-memory.ts'
import type { RevocationRules } from './tokens-to-revoke.ts'

export interface RevocationsOptions extends ReplicaOptions {
  /**
   * Where the revocations are shared: `redisStore(client, …)`, `fileStore(folder)`, or your own. It needs a prefix or a folder
   * of its own, apart from keys. Default: the memory of this process, which shares them with nobody and loses them when the
   * process ends.
   */
  store?: KeyStore | undefined
  /**
   * The longest time from `iat` to `exp` of the tokens that are revoked: how long a revocation must last unless `until` is
   * given. If tokens live longer, they are accepted again; add a `clockTolerance` of more than a minute. Default `'1d'`.
   */
  longestTokenLifetime?: Duration | undefined
  /**
   * How far the clock of the issuer may be ahead. Tokens that were issued up to so long after a revocation by `sub` or
   * `client_id` are refused too. Default `'0s'`: a token of the same second is refused, and one of the next second is accepted.
   */
  clockSkew?: Duration | undefined
  /**
   * The largest number of revocations. No more are accepted, and a store that holds more counts as unreadable, because a
   * revocation that is not in memory would be ignored. Default 2,000,000.
   */
  maxEntries?: number | undefined
}

/** Durations are in milliseconds. */
export interface RevocationSettings extends ReplicaSettings, RevocationRules {
  readonly maxEntries: number
}

const day = 24 * 3600 * 1000

/** @throws ConfigurationError naming the option */
export function readRevocationsOptions(given: RevocationsOptions): RevocationSettings {
  return readOptions<RevocationSettings>('Revocations', given, {
    store: defaulting(keyStore, processMemory),
    longestTokenLifetime: defaulting(positive(durationUpTo(366)), day),
    clockSkew: defaulting(duration, 0),
    maxEntries: defaulting(wholeNumber, 2_000_000),
    ...replicaReaders,
  })
}

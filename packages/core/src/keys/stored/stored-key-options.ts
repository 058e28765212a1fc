import { type Clock, systemClock } from '../../clock.ts'
import type { Duration } from '../../configuration/duration.ts'
import { duration, wait } from '../../configuration/duration-options.ts'
import { withVariable } from '../../configuration/environment.ts'
import {
  callable,
  defaulting,
  having,
  objectOf,
  type Reader,
  readOptions,
  refuse,
  required,
} from '../../configuration/options.ts'
import { keyStore } from '../../stores/key-store-option.ts'
import type { KeyStore } from '../../stores/key-store.ts'
import { encryptionKeys, type EncryptionKeysOption, inTheClear } from './records/encryption-keys.ts'

export interface StoredKeyProviderOptions {
  /** The store for the keys: `fileStore(folder)`, `redisStore(client, …)`, `memoryStore()`, or your own. */
  store: KeyStore
  /**
   * The keys that encrypt the records: 32 random bytes each, as Uint8Array or base64url. The first encrypts, all decrypt.
   * Default: the environment variable `BEARERKIT_ENCRYPTION_KEYS`, separated by commas. Required, except for a store in
   * memory. `'none, secrets are stored in the clear'` turns encryption off.
   */
  encryptionKeys?: EncryptionKeysOption | undefined
  /** The interval between reads of changes, also if the store sends notifications: they can be lost. Default `'5s'`. */
  pollInterval?: Duration | undefined
  /** The limit for one read or write. Default `'2s'`. */
  requestTimeout?: Duration | undefined
  /** How long the copy of the keys is used while the store cannot be read. Default `'1h'`. */
  staleIfError?: Duration | undefined
  /** The largest difference between the clocks of the instances. Default `'5s'`. */
  clockSkew?: Duration | undefined
  /** Default: the system clock. */
  clock?: Clock | undefined
  /** From 0 to 1, for jitter. Default: `Math.random`. */
  random?: (() => number) | undefined
}

/** Durations are in milliseconds. */
export interface StoredKeySettings {
  readonly store: KeyStore
  readonly encryptionKeys: typeof inTheClear | readonly Uint8Array[]
  readonly pollInterval: number
  readonly requestTimeout: number
  readonly staleIfError: number
  readonly clockSkew: number
  readonly clock: Clock
  readonly random: () => number
}

const second = 1000

/** @throws ConfigurationError naming the option */
export function readStoredKeyOptions(given: StoredKeyProviderOptions): StoredKeySettings {
  const options = withVariable(objectOf('StoredKeyProvider', given), 'encryptionKeys')
  return readOptions<StoredKeySettings>('StoredKeyProvider', options, {
    store: required(keyStore),
    encryptionKeys: unlessInProcess,
    pollInterval: defaulting(wait, 5 * second),
    requestTimeout: defaulting(wait, 2 * second),
    staleIfError: defaulting(duration, 3600 * second),
    clockSkew: defaulting(duration, 5 * second),
    clock: defaulting(having<Clock>('now'), systemClock),
    random: defaulting(callable<() => number>(), Math.random),
  })
}

const unlessInProcess: Reader<StoredKeySettings['encryptionKeys']> = (value, option, given) => {
  if (value !== undefined) return encryptionKeys(value, option)
  if ((given['store'] as Partial<KeyStore> | undefined)?.isInProcess === true) return inTheClear
  throw refuse(option, `is missing: give keys of 32 bytes, or '${inTheClear}'`)
}

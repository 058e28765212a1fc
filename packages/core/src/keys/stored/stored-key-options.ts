import type { Duration } from '../../configuration/duration.ts'
import { duration } from '../../configuration/duration-options.ts'
import { withVariable } from '../../configuration/environment.ts'
import { defaulting, objectOf, type Reader, readOptions, refuse, required } from '../../configuration/options.ts'
import { type ReplicaOptions, replicaReaders } from '../../replication/replica-options.ts'
import type { ReplicaSettings } from '../../replication/replica.ts'
import { keyStore } from '../../stores/key-store-option.ts'
import type { KeyStore } from '../../stores/key-store.ts'
import { encryptionKeys, type EncryptionKeysOption, inTheClear } from './records/encryption-keys.ts'

export interface StoredKeyProviderOptions extends ReplicaOptions {
  /** The store for the keys: `fileStore(folder)`, `redisStore(client, …)`, `memoryStore()`, or your own. */
  store: KeyStore
  /**
   * The keys that encrypt the records: 32 random bytes each, as Uint8Array or base64url. The first encrypts, all decrypt.
   * Default: the environment variable `BEARERKIT_ENCRYPTION_KEYS`, separated by commas. Required, except for a store in
   * memory. `'none, secrets are stored in the clear'` turns encryption off.
   */
  encryptionKeys?: EncryptionKeysOption | undefined
  /** The largest difference between the clocks of the instances. Default `'5s'`. */
  clockSkew?: Duration | undefined
}

/** Durations are in milliseconds. */
export interface StoredKeySettings extends ReplicaSettings {
  readonly encryptionKeys: typeof inTheClear | readonly Uint8Array[]
  readonly clockSkew: number
}

/** @throws ConfigurationError naming the option */
export function readStoredKeyOptions(given: StoredKeyProviderOptions): StoredKeySettings {
  const options = withVariable(objectOf('StoredKeyProvider', given), 'encryptionKeys')
  return readOptions<StoredKeySettings>('StoredKeyProvider', options, {
    store: required(keyStore),
    encryptionKeys: unlessInProcess,
    clockSkew: defaulting(duration, 5000),
    ...replicaReaders,
  })
}

const unlessInProcess: Reader<StoredKeySettings['encryptionKeys']> = (value, option, given) => {
  if (value !== undefined) return encryptionKeys(value, option)
  if ((given['store'] as Partial<KeyStore> | undefined)?.isInProcess === true) return inTheClear
  throw refuse(option, `is missing: give keys of 32 bytes, or '${inTheClear}'`)
}

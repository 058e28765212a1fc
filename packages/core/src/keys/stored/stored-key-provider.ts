import type { Duration } from '../../configuration/duration.ts'
import { keepingProcessAlive } from '../../deadline.ts'
import { ConfigurationError } from '../../errors.ts'
import { EventEmitter } from '../../platform.ts'
import type { KeyProvider } from '../key-provider.ts'
import type { EnsuredKeySpec, ImportKeySpec, KeySpec, RotationOptions } from '../key-specification.ts'
import type { KeyRef } from '../key-ref.ts'
import { planCreated, planImported } from '../local/key-plan.ts'
import { KeyRing } from '../local/ring/key-ring.ts'
import { readEnsuredSpec, readRetention, readRotation } from '../local/key-spec.ts'
import type { ImportableKey } from '../local/material/read-key.ts'
import { StoredKeyChanges } from './changes/stored-key-changes.ts'
import { Tidier } from './changes/tidier.ts'
import { importEncryptionKey, inTheClear } from './records/encryption-keys.ts'
import { isSetAside } from './records/read-record.ts'
import { ClearSeal, EncryptingSeal, type RecordSeal } from './records/sealed-record.ts'
import { ReplicatedKeys } from './replicated-keys.ts'
import { healthOf, type StoredKeyHealth } from './stored-key-health.ts'
import { type StoredKeyEvents, StoredKeyReporter } from './stored-key-events.ts'
import { type StoredKeyProviderOptions, type StoredKeySettings, readStoredKeyOptions } from './stored-key-options.ts'
import { StoredKeys } from './stored-keys.ts'

/**
 * Keys that outlive the process and that all instances of a service share: each instance signs and verifies with the keys
 * that any of them has created. Each instance has a copy of them, so neither signing nor verifying waits for the store.
 *
 * ```ts
 * import { memoryStore, StoredKeyProvider } from '@bearerkit/core'
 *
 * const keys = await StoredKeyProvider.open({ store: memoryStore() })
 * const orders = await keys.ensureKey({ alg: 'ES256', kid: 'orders' }) // creates it once, however many instances call this
 * console.log(orders.publishedKid) // orders.1
 * await keys.close()
 * ```
 */
export class StoredKeyProvider extends ReplicatedKeys implements KeyProvider {
  readonly #settings: StoredKeySettings
  readonly #events: EventEmitter<StoredKeyEvents>
  readonly #keys: StoredKeys
  readonly #changes: StoredKeyChanges

  private constructor(settings: StoredKeySettings, seal: RecordSeal) {
    const { clock } = settings
    const events = new EventEmitter<StoredKeyEvents>()
    const keys = new StoredKeys(settings, seal, new KeyRing(clock), new StoredKeyReporter(events))
    super(keys, settings)
    this.#settings = settings
    this.#events = events
    this.#keys = keys
    this.#changes = new StoredKeyChanges(keys, clock, this.longestUnaware)
    const tidier = new Tidier(keys, this.#changes, settings)
    events.on('refreshed', () => tidier.tidyInTime())
  }

  /**
   * Reads the store.
   *
   * @throws ConfigurationError naming the option; also if there are keys in the store and none of them can be decrypted
   * @throws KeyStoreUnavailableError if the store cannot be read
   */
  static async open(options: StoredKeyProviderOptions): Promise<StoredKeyProvider> {
    const settings = readStoredKeyOptions(options)
    const provider = new StoredKeyProvider(settings, await sealFor(settings))
    try {
      await provider.refresh()
      provider.#checkReadable()
    } catch (error) {
      await provider.close()
      throw error
    }
    return provider
  }

  /** The longest time, in milliseconds, until all instances know of a change and agree on the time. */
  get knownEverywhereAfter(): number {
    const { pollInterval, clockSkew } = this.#settings
    return pollInterval + clockSkew
  }

  /** The longest time, in milliseconds, for which an instance signs without knowing of a change. */
  get longestUnaware(): number {
    const { pollInterval, clockSkew, staleIfError } = this.#settings
    return staleIfError + pollInterval + clockSkew
  }

  /** Calls the listener at each event. */
  on<E extends keyof StoredKeyEvents>(event: E, listener: (...detail: StoredKeyEvents[E]) => void): this {
    this.#events.on<keyof StoredKeyEvents>(event, listener as never)
    return this
  }

  /** Calls the listener at the next event only. */
  once<E extends keyof StoredKeyEvents>(event: E, listener: (...detail: StoredKeyEvents[E]) => void): this {
    this.#events.once<keyof StoredKeyEvents>(event, listener as never)
    return this
  }

  /** Removes a listener. */
  off<E extends keyof StoredKeyEvents>(event: E, listener: (...detail: StoredKeyEvents[E]) => void): this {
    this.#events.off<keyof StoredKeyEvents>(event, listener as never)
    return this
  }

  /**
   * Reads the changes in the store now.
   *
   * @throws KeyStoreUnavailableError
   */
  async refresh(): Promise<void> {
    await keepingProcessAlive(this.#keys.replica.refresh())
  }

  /** Returns the state of the copy of the store. */
  health(): StoredKeyHealth {
    return healthOf(this.#keys)
  }

  /** Ends timers and subscriptions. The store's client stays open. The copy of the keys is used until it is too old. */
  async close(): Promise<void> {
    await this.#keys.replica.close()
  }

  async createKey(spec: KeySpec): Promise<KeyRef> {
    return this.#changes.add(planCreated(spec))
  }

  async ensureKey(spec: EnsuredKeySpec): Promise<KeyRef> {
    const plan = planCreated(readEnsuredSpec(spec))
    if (!this.#keys.replica.isUsable) await this.usable()
    const newest = this.#keys.ring.versionsOf(plan.kid).at(-1)
    return newest === undefined ? this.#changes.ensure(plan) : newest.describe({ includeSecret: false })
  }

  async importKey(
    spec: ImportKeySpec,
    material: ImportableKey,
    options: { publicKey?: ImportableKey } = {},
  ): Promise<KeyRef> {
    const plan = planImported(spec, material, options.publicKey)
    return this.#changes.add(plan instanceof Promise ? await plan : plan)
  }

  async rotateKey(kid: string, options: RotationOptions = {}): Promise<KeyRef> {
    return this.#changes.rotate(kid, readRotation(options))
  }

  async destroyKey(kid: string, version?: number): Promise<boolean> {
    return this.#changes.destroy(kid, version)
  }

  /**
   * Sets how long versions of a key still verify after they have retired. Tokens cannot be issued with a longer lifetime.
   *
   * @throws KeyNotFoundError
   * @throws InvalidKeyError if it is not a duration
   */
  async retain(kid: string, retainFor: Duration): Promise<void> {
    await this.#changes.retain(kid, readRetention(retainFor))
  }

  /**
   * Encrypts each record in the store with the first key of `encryptionKeys`. All instances must have that key already.
   *
   * @returns the number of records that were encrypted with another key
   */
  async reencrypt(): Promise<number> {
    return this.#changes.reencrypt()
  }

  #checkReadable(): void {
    const { families } = this.#keys
    const { records } = families
    if (records.length === 0 || records.some(({ content }) => !isSetAside(content))) return
    const reason = families.setAside[0]?.reason ?? ''
    throw new ConfigurationError(
      `StoredKeyProvider: option \`encryptionKeys\`: none of the ${records.length} keys in ${this.#settings.store.name} can be read: ${reason}`,
      'encryptionKeys',
    )
  }
}

async function sealFor({ encryptionKeys, store }: StoredKeySettings): Promise<RecordSeal> {
  if (encryptionKeys === inTheClear) return new ClearSeal()
  const [first, ...others] = await Promise.all(encryptionKeys.map(importEncryptionKey))
  if (first === undefined) throw new ConfigurationError(`${store.name}: no encryption key`, 'encryptionKeys')
  return new EncryptingSeal([first, ...others])
}

import { EventEmitter } from 'node:events'
import type { JWK } from 'jose'
import type { Duration } from '../../configuration/duration.ts'
import { keepingProcessAlive } from '../../deadline.ts'
import { ConfigurationError, KeyStoreUnavailableError } from '../../errors.ts'
import type { KeyProvider } from '../key-provider.ts'
import type { EnsuredKeySpec, ImportKeySpec, KeySpec, PublicJwkSet, RotationOptions } from '../key-specification.ts'
import type { KeyRef } from '../key-ref.ts'
import type { KeyHint, SigningKey, VerificationKey } from '../key-roles.ts'
import { planCreated, planImported } from '../local/key-plan.ts'
import { KeyRing } from '../local/ring/key-ring.ts'
import { readEnsuredSpec, readRetention, readRotation } from '../local/key-spec.ts'
import type { ImportableKey } from '../local/material/read-key.ts'
import { RingKeys } from '../local/ring-keys.ts'
import { KeySearch } from '../remote/policy/key-search.ts'
import { importEncryptionKey, inTheClear } from './records/encryption-keys.ts'
import { isSetAside } from './records/read-record.ts'
import { ClearSeal, EncryptingSeal, type RecordSeal } from './records/sealed-record.ts'
import { healthOf, type StoredKeyHealth } from './stored-key-health.ts'
import { StoredKeyChanges } from './changes/stored-key-changes.ts'
import { type StoredKeyEvents, StoredKeyReporter } from './stored-key-events.ts'
import { type StoredKeyProviderOptions, type StoredKeySettings, readStoredKeyOptions } from './stored-key-options.ts'
import { StoredKeys } from './stored-keys.ts'
import { Tidier } from './changes/tidier.ts'

/**
 * Keys that outlive the process, and that all instances of a service share: what one of them makes, all of them sign and
 * verify with. Each has them at hand, so that neither signing nor verifying waits for the store.
 *
 * ```ts
 * import { memoryStore, StoredKeyProvider } from '@bearerkit/core'
 *
 * const keys = await StoredKeyProvider.open({ store: memoryStore() })
 * const orders = await keys.ensureKey({ alg: 'ES256', kid: 'orders' }) // made once, however many instances ask
 * console.log(orders.publishedKid) // orders.1
 * await keys.close()
 * ```
 */
export class StoredKeyProvider extends RingKeys implements KeyProvider {
  readonly #settings: StoredKeySettings
  readonly #events = new EventEmitter<StoredKeyEvents>()
  readonly #keys: StoredKeys
  readonly #changes: StoredKeyChanges
  readonly #search: KeySearch<StoredKeys>

  private constructor(settings: StoredKeySettings, seal: RecordSeal) {
    const { clock, requestTimeout } = settings
    const ring = new KeyRing(clock)
    super(ring, clock)
    this.#settings = settings
    this.#keys = new StoredKeys(settings, seal, ring, new StoredKeyReporter(this.#events))
    this.#changes = new StoredKeyChanges(this.#keys, clock)
    this.#search = new KeySearch<StoredKeys>(
      { requestTimeout: 2 * requestTimeout, clock },
      {
        isFetching: () => false,
        mayBeAsked: () => true,
        shared: () => undefined,
        fetch: () => this.#keys.replica.refresh().then(() => this.#keys),
      },
    )
    const tidier = new Tidier(this.#keys, this.#changes, settings)
    this.#events.on('refreshed', () => tidier.tidyInTime())
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

  /** How long it takes at most until all instances know of a change, in milliseconds, and agree that it is time for it. */
  get knownEverywhereAfter(): number {
    const { pollInterval, clockSkew } = this.#settings
    return pollInterval + clockSkew
  }

  on<E extends keyof StoredKeyEvents>(event: E, listener: (...detail: StoredKeyEvents[E]) => void): this {
    this.#events.on<keyof StoredKeyEvents>(event, listener as never)
    return this
  }

  once<E extends keyof StoredKeyEvents>(event: E, listener: (...detail: StoredKeyEvents[E]) => void): this {
    this.#events.once<keyof StoredKeyEvents>(event, listener as never)
    return this
  }

  off<E extends keyof StoredKeyEvents>(event: E, listener: (...detail: StoredKeyEvents[E]) => void): this {
    this.#events.off<keyof StoredKeyEvents>(event, listener as never)
    return this
  }

  /**
   * Reads now what has changed in the store.
   *
   * @throws KeyStoreUnavailableError
   */
  async refresh(): Promise<void> {
    await keepingProcessAlive(this.#keys.replica.refresh())
  }

  /** How the copy of the store is doing. */
  health(): StoredKeyHealth {
    return healthOf(this.#keys, this.#settings.store.name)
  }

  /** Ends timers and subscriptions; the store's own client stays open. The keys at hand serve until they are too old. */
  async close(): Promise<void> {
    await this.#keys.replica.close()
  }

  async createKey(spec: KeySpec): Promise<KeyRef> {
    return this.#changes.add(planCreated(spec))
  }

  async ensureKey(spec: EnsuredKeySpec): Promise<KeyRef> {
    const plan = planCreated(readEnsuredSpec(spec))
    this.#mustBeUsable()
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
   * Sets how long versions of a key still verify once they have retired. No token may be issued to live longer.
   *
   * @throws KeyNotFoundError
   * @throws InvalidKeyError if it is no duration
   */
  async retain(kid: string, retainFor: Duration): Promise<void> {
    await this.#changes.retain(kid, readRetention(retainFor))
  }

  /**
   * Encrypts each record in the store with the first key of `encryptionKeys`. All instances must have that key by then.
   *
   * @returns how many records were encrypted with another one
   */
  async reencrypt(): Promise<number> {
    return this.#changes.reencrypt()
  }

  // What is read is the same as with local keys, as long as the keys at hand are not too old.

  override async getKey(kid: string, version?: number, options: { includeSecret?: boolean } = {}): Promise<KeyRef> {
    this.#mustBeUsable()
    return super.getKey(kid, version, options)
  }

  override async listVersions(kid: string): Promise<number[]> {
    this.#mustBeUsable()
    return super.listVersions(kid)
  }

  override async getPublicJwk(kid: string, version?: number): Promise<JWK> {
    this.#mustBeUsable()
    return super.getPublicJwk(kid, version)
  }

  override async jwks(options: { prefixKids?: string } = {}): Promise<PublicJwkSet> {
    this.#mustBeUsable()
    return super.jwks(options)
  }

  override async publishedJwks(): Promise<PublicJwkSet> {
    this.#mustBeUsable()
    return super.publishedJwks()
  }

  override async signingKey(kid?: string): Promise<SigningKey> {
    this.#mustBeUsable()
    return super.signingKey(kid)
  }

  override verificationKeys(hint: KeyHint): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    this.#mustBeUsable()
    const { kid } = hint
    if (kid === undefined || this.#keys.ring.named(kid) !== undefined) return this.keysAtHand(hint)
    return this.#searched(kid, hint)
  }

  override keysAtHand(hint: KeyHint): readonly VerificationKey[] {
    return this.#keys.replica.isUsable ? super.keysAtHand(hint) : []
  }

  override trusts(key: VerificationKey): boolean {
    return this.#keys.replica.isUsable && super.trusts(key)
  }

  /** Another instance may have made the key a moment ago. All who ask share a look at the store, out of a budget. */
  #searched(kid: string, hint: KeyHint): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const search = this.#search.for(kid, ({ ring }) => ring.named(kid) !== undefined)
    if (search !== undefined) return search.then((found) => this.#foundIn(found, hint))
    // Whether there is such a key cannot be found out.
    if (this.#keys.replica.lastError !== undefined) throw this.#unavailable()
    return []
  }

  #foundIn(keys: StoredKeys | undefined, hint: KeyHint): readonly VerificationKey[] {
    if (keys === undefined) throw this.#unavailable()
    return this.keysAtHand(hint)
  }

  #mustBeUsable(): void {
    if (!this.#keys.replica.isUsable) throw this.#unavailable()
  }

  #unavailable(): KeyStoreUnavailableError {
    const { lastError } = this.#keys.replica
    const message = `${this.#settings.store.name}: it could not be read for too long, or has not been asked for this key`
    return lastError ?? new KeyStoreUnavailableError(message)
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

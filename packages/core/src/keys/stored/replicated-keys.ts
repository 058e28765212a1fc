import type { JWK } from 'jose'
import { keepingProcessAlive } from '../../deadline.ts'
import { KeyStoreUnavailableError } from '../../errors.ts'
import type { KeyRef } from '../key-ref.ts'
import type { KeyHint, SigningKey, VerificationKey } from '../key-roles.ts'
import type { PublicJwkSet } from '../key-specification.ts'
import { RingKeys } from '../local/ring-keys.ts'
import { KeySearch } from '../remote/policy/key-search.ts'
import { parsePublishedKid } from '../versioned-kids.ts'
import { recordId } from './records/record-id.ts'
import type { StoredKeySettings } from './stored-key-options.ts'
import type { StoredKeys } from './stored-keys.ts'

/**
 * Reads keys from a copy of a store, as from local keys, unless the copy is too old. A copy that is too old is read again
 * first: a process or a machine that was suspended wakes up with one.
 */
export abstract class ReplicatedKeys extends RingKeys {
  readonly #keys: StoredKeys
  readonly #search: KeySearch<StoredKeys>

  constructor(keys: StoredKeys, { clock, requestTimeout }: StoredKeySettings) {
    super(keys.ring, clock)
    this.#keys = keys
    this.#search = new KeySearch<StoredKeys>(
      { requestTimeout: 2 * requestTimeout, clock },
      {
        isFetching: () => false,
        isFetchQueued: () => this.#keys.replica.isReadQueued,
        mayBeAsked: () => true,
        shared: () => undefined,
        fetch: () => this.#keys.replica.refresh().then(() => this.#keys),
      },
    )
  }

  override async getKey(kid: string, version?: number, options: { includeSecret?: boolean } = {}): Promise<KeyRef> {
    await this.usable()
    return super.getKey(kid, version, options)
  }

  override async listVersions(kid: string): Promise<number[]> {
    await this.usable()
    return super.listVersions(kid)
  }

  override async getPublicJwk(kid: string, version?: number): Promise<JWK> {
    await this.usable()
    return super.getPublicJwk(kid, version)
  }

  override async jwks(options: { prefixKids?: string } = {}): Promise<PublicJwkSet> {
    await this.#keys.replica.catchUp()
    await this.usable()
    return super.jwks(options)
  }

  override async publishedJwks(): Promise<PublicJwkSet> {
    await this.#keys.replica.catchUp()
    await this.usable()
    return super.publishedJwks()
  }

  override async signingKey(kid?: string): Promise<SigningKey> {
    await this.#keys.replica.catchUp()
    await this.usable()
    return super.signingKey(kid)
  }

  override verificationKeys(hint: KeyHint): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    if (!this.#keys.replica.isUsable) return this.usable().then(() => this.#known(hint))
    return this.#known(hint)
  }

  override keysAtHand(hint: KeyHint): readonly VerificationKey[] {
    return this.#keys.replica.isUsable ? super.keysAtHand(hint) : []
  }

  override trusts(key: VerificationKey, now?: number): boolean {
    const { replica } = this.#keys
    return (now === undefined ? replica.isUsable : replica.isUsableAt(now)) && super.trusts(key)
  }

  /** @throws KeyStoreUnavailableError if the copy is too old, and the store cannot be read */
  protected async usable(): Promise<void> {
    const { replica } = this.#keys
    if (!replica.isUsable) await keepingProcessAlive(replica.ensureUsable())
  }

  #known(hint: KeyHint): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const { kid } = hint
    if (kid === undefined || this.#keys.ring.named(kid) !== undefined) return this.keysAtHand(hint)
    return this.#isTaken(kid) ? [] : this.#searched(kid, hint)
  }

  /** True for a destroyed version, whose tokens may still come in great numbers. A version number is not used twice. */
  #isTaken(publishedKid: string): boolean {
    const named = parsePublishedKid(publishedKid)
    return named !== undefined && this.#keys.families.get(recordId(named.kid, named.version)) !== undefined
  }

  /** Another instance may have created the key a moment ago. All callers share one read of the store, out of a budget. */
  #searched(kid: string, hint: KeyHint): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const search = this.#search.for(kid, ({ ring }) => ring.named(kid) !== undefined)
    if (search !== undefined) return search.then((found) => this.#foundIn(found, hint))
    // Without a read nobody knows whether the key exists.
    if (this.#keys.replica.lastError !== undefined) throw this.#unavailable()
    return []
  }

  #foundIn(keys: StoredKeys | undefined, hint: KeyHint): readonly VerificationKey[] {
    // The read of the search may have failed, and another read may have brought the key.
    const found = this.keysAtHand(hint)
    if (keys === undefined && found.length === 0) throw this.#unavailable()
    return found
  }

  #unavailable(): KeyStoreUnavailableError {
    const { lastError, storeName } = this.#keys.replica
    return lastError ?? new KeyStoreUnavailableError(`${storeName}: the search for a key took too long`)
  }
}

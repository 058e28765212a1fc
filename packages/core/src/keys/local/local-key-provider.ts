import { type Clock, systemClock } from '../../clock.ts'
import type { Duration } from '../../configuration/duration.ts'
import { defaulting, having, readOptions } from '../../configuration/options.ts'
import { KeyNotFoundError } from '../../errors.ts'
import type { KeyProvider } from '../key-provider.ts'
import type { EnsuredKeySpec, ImportKeySpec, KeySpec, RotationOptions } from '../key-specification.ts'
import type { KeyRef } from '../key-ref.ts'
import type { KeyHint, VerificationKey } from '../key-roles.ts'
import type { Family } from './ring/family.ts'
import { draftOf, type KeyPlan, planCreated, planImported, planNext, versionOf } from './key-plan.ts'
import { KeyRing } from './ring/key-ring.ts'
import { readEnsuredSpec, readRetention, readRotation } from './key-spec.ts'
import type { ImportableKey } from './material/read-key.ts'
import { RingKeys } from './ring-keys.ts'

/** The options of {@link LocalKeyProvider}. */
export interface LocalKeyProviderOptions {
  /** Default: the system's clock. */
  clock?: Clock
}

/**
 * Keys that live in this process and nowhere else.
 *
 * ```ts
 * import { LocalKeyProvider } from '@bearerkit/core'
 *
 * const keys = new LocalKeyProvider()
 * const orders = await keys.createKey({ alg: 'ES256', kid: 'orders' })
 * console.log(orders.publishedKid) // orders.1
 * await keys.rotateKey('orders', { activateAfter: '1h', retainFor: '1d' }) // signs as orders.2 in an hour
 * ```
 */
export class LocalKeyProvider extends RingKeys implements KeyProvider {
  readonly #clock: Clock
  readonly #ring: KeyRing
  readonly #ensuring = new Map<string, Promise<KeyRef>>()

  constructor(options: LocalKeyProviderOptions = {}) {
    const readers = { clock: defaulting(having<Clock>('now'), systemClock) }
    const { clock } = readOptions<{ clock: Clock }>('LocalKeyProvider', options, readers)
    const ring = new KeyRing(clock)
    super(ring, clock)
    this.#clock = clock
    this.#ring = ring
  }

  async createKey(spec: KeySpec): Promise<KeyRef> {
    return this.#openFamily(planCreated(spec))
  }

  async ensureKey(spec: EnsuredKeySpec): Promise<KeyRef> {
    const { kid } = readEnsuredSpec(spec)
    const newest = this.#ring.versionsOf(kid).at(-1)
    if (newest !== undefined) return newest.describe({ includeSecret: false })
    const making = this.#ensuring.get(kid) ?? this.createKey(spec).finally(() => this.#ensuring.delete(kid))
    this.#ensuring.set(kid, making)
    return making
  }

  async importKey(
    spec: ImportKeySpec,
    material: ImportableKey,
    options: { publicKey?: ImportableKey } = {},
  ): Promise<KeyRef> {
    const planned = planImported(spec, material, options.publicKey)
    const plan = planned instanceof Promise ? await planned : planned
    const { version } = plan
    const family = version === undefined ? undefined : this.#ring.reopen({ ...plan, version })
    if (family === undefined || version === undefined) return this.#openFamily(plan)
    return this.#addVersion(family, plan, version)
  }

  async rotateKey(kid: string, options: RotationOptions = {}): Promise<KeyRef> {
    const { activateAfter, retainFor, ifNewest, ...overrides } = readRotation(options)
    const newest = this.#ring.newestOf(kid)
    if (ifNewest !== undefined && ifNewest !== newest.version) return newest.describe({ includeSecret: false })
    const plan = planNext(newest, { activateAfter, overrides })
    const family = this.#ring.family(newest.kid)
    // The number is given before the key is made: of rotations at once, the last one asked for has the highest.
    const version = ++family.latest
    return this.#addVersion(family, plan, version, retainFor)
  }

  async destroyKey(kid: string, version?: number): Promise<boolean> {
    const doomed = this.#ring.namedBy(kid, version)
    this.#ring.remove(doomed)
    return doomed.length > 0
  }

  async refresh(): Promise<void> {
    // Nothing to fetch: the keys are here.
  }

  /**
   * Sets how long versions of a key still verify once they have retired. No token may be issued to live longer.
   *
   * @throws KeyNotFoundError
   * @throws InvalidKeyError if it is no duration
   */
  retain(kid: string, retainFor: Duration): void {
    this.#ring.retain(kid, readRetention(retainFor))
  }

  override verificationKeys(hint: KeyHint): readonly VerificationKey[] {
    return this.keysAtHand(hint)
  }

  /** The family closes again if its first version does not come about. */
  async #openFamily(plan: KeyPlan): Promise<KeyRef> {
    const family = this.#ring.open(plan.kid, plan.keptName)
    const version = plan.version ?? family.latest + 1
    family.latest = Math.max(family.latest, version)
    try {
      return await this.#addVersion(family, plan, version)
    } finally {
      this.#ring.close(family)
    }
  }

  async #addVersion(family: Family, plan: KeyPlan, version: number, retainFor?: number): Promise<KeyRef> {
    const key = await versionOf(await draftOf(plan, version, this.#clock), this.#clock)
    if (!this.#ring.isOpen(family)) throw new KeyNotFoundError('the key was destroyed meanwhile')
    this.#ring.add(key, retainFor)
    return key.describe({ includeSecret: false })
  }
}

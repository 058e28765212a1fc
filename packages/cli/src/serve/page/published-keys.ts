import type { Clock, KeyRef, LocalKeyProvider } from '@bearerkit/core'
import { Refusal } from './answers.ts'

/** A key as the page shows it. Times are in milliseconds since the epoch. */
export interface ShownKey {
  readonly kid: string
  readonly version: number
  readonly alg: string
  readonly state: string
  readonly createdAt: number
  /** When its state changes next; undefined if nothing is planned. */
  readonly changesAt: number | undefined
  /** When the present state began, if that is known: the page shows how much of the time has passed. */
  readonly since: number | undefined
}

const kid = 'test'

/** How long a retired key still verifies, in milliseconds. Tokens may live as long. */
const retention = 60 * 60_000

/** The longest delay of a timer, in milliseconds. */
const longestDelay = 2_147_483_647

/** The keys of the issuer and their rotation. */
export class PublishedKeys {
  readonly #keys: LocalKeyProvider
  readonly #clock: Clock
  readonly #onChange: () => void
  #timer: NodeJS.Timeout | undefined

  /** @param onChange called after each change of a state */
  constructor(keys: LocalKeyProvider, clock: Clock, onChange: () => void) {
    this.#keys = keys
    this.#clock = clock
    this.#onChange = onChange
    keys.retain(kid, `${retention}ms`)
  }

  /** All keys, the newest first. */
  async list(): Promise<readonly ShownKey[]> {
    const versions = await this.#keys.listVersions(kid)
    const keys = await Promise.all(versions.map((version) => this.#keys.getKey(kid, version)))
    return keys.map(shown).toReversed()
  }

  /** @param activateAfter how long the new key is published before it signs, in milliseconds. Undefined: it signs at once */
  async rotate(activateAfter: number | undefined): Promise<void> {
    await this.#keys.rotateKey(kid, activateAfter === undefined ? {} : { activateAfter: `${activateAfter}ms` })
    this.#changed()
  }

  /** @throws Refusal if there is no such key, or if no key would be left that signs */
  async destroy(publishedKid: string): Promise<void> {
    const keys = await this.list()
    const others = keys.filter((key) => key.kid !== publishedKid)
    // The provider would take the kid of the family too, and destroy all of its versions.
    if (others.length === keys.length) throw new Refusal(404, 'There is no such key.')
    if (!others.some(({ state }) => state === 'active' || state === 'pending'))
      throw new Refusal(409, 'No other key would sign. Rotate first.')
    await this.#keys.destroyKey(publishedKid)
    this.#changed()
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #changed(): void {
    this.#onChange()
    clearTimeout(this.#timer)
    const delay = Math.min(this.#keys.nextKeyChange() - this.#clock.now(), longestDelay)
    if (delay < Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#changed(), Math.max(delay, 1)).unref()
  }
}

function shown(key: KeyRef): ShownKey {
  const { publishedKid, version, alg, state } = key
  return { kid: publishedKid, version, alg, state, createdAt: key.createdAt.getTime(), ...termOf(key) }
}

function termOf({ state, createdAt, activatesAt, retiresAt }: KeyRef): Pick<ShownKey, 'changesAt' | 'since'> {
  const began = activatesAt?.getTime() ?? createdAt.getTime()
  const retires = retiresAt?.getTime()
  if (state === 'pending') return { since: createdAt.getTime(), changesAt: began }
  if (state === 'active') return { since: began, changesAt: retires }
  return { since: retires, changesAt: retires === undefined ? undefined : retires + retention }
}

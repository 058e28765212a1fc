import type { JWK } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../clock.ts'
import { KeyNotFoundError } from '../../../errors.ts'
import type { PublicJwkSet } from '../../key-specification.ts'
import { publishedKid } from '../../versioned-kids.ts'
import { KeyNames, type NamedKey } from './key-names.ts'
import type { KeyVersion } from './key-version.ts'

/** The versions of one kid, of which some may still be in the making. */
export interface Family extends NamedKey {
  readonly versions: Map<number, KeyVersion>
  /** The highest version number that was given. */
  latest: number
  /** How long versions stay after they retire, in milliseconds. */
  retainFor: number
}

const mostGone = 10_000

/** The keys at hand. It knows which there are, in what order they take over from each other, and when they go. */
export class KeyRing {
  readonly #clock: Clock
  readonly #byPublishedKid = new Map<string, KeyVersion>()
  readonly #byAlgorithm = new Map<string, Set<KeyVersion>>()
  readonly #families = new Map<string, Family>()
  readonly #names = new KeyNames()
  /** The highest version of kids that are gone: were `orders.1` given twice, verifiers that know the first would refuse the second. */
  #gone: LRUCache<string, number> | undefined
  #nextDestruction = Number.POSITIVE_INFINITY
  #nextChange: { readonly from: number; readonly at: number } | undefined
  #published: PublicJwkSet | undefined
  /** Which key signs, by the name it is asked for; cleared when anything changes. */
  readonly #signing = new Map<
    string | undefined,
    { readonly key: KeyVersion; readonly from: number; readonly until: number }
  >()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws InvalidKeyError if a name is taken: see {@link KeyNames} */
  open(kid: string, keptName?: string): Family {
    this.#dropOverdue()
    this.#names.claim({ kid, keptName })
    const latest = this.#gone?.get(kid) ?? 0
    const family = { kid, keptName, latest, retainFor: Number.POSITIVE_INFINITY, versions: new Map() }
    this.#families.set(kid, family)
    return family
  }

  /** Whether the family was not destroyed while a version of it was made. */
  isOpen(family: Family): boolean {
    return this.#families.get(family.kid) === family
  }

  /** @throws KeyNotFoundError */
  family(kid: string): Family {
    const family = this.#families.get(kid)
    if (family === undefined) throw new KeyNotFoundError('there is no such key')
    return family
  }

  /** @throws KeyNotFoundError if the family went meanwhile */
  add(key: KeyVersion): void {
    this.#dropOverdue()
    const family = this.family(key.kid)
    family.versions.set(key.version, key)
    this.#byPublishedKid.set(key.publishedKid, key)
    for (const alg of namesOf(key)) this.#byAlgorithm.set(alg, (this.#byAlgorithm.get(alg) ?? new Set()).add(key))
    this.#reschedule(family)
  }

  /** Sets how long the versions of a family stay after they retire; what is overdue by then is gone already. */
  retain(kid: string, retainFor: number): void {
    this.#dropOverdue()
    const family = this.family(kid)
    family.retainFor = retainFor
    this.#reschedule(family)
  }

  remove(keys: readonly KeyVersion[]): void {
    for (const key of keys) {
      key.destroy()
      this.#families.get(key.kid)?.versions.delete(key.version)
      this.#byPublishedKid.delete(key.publishedKid)
      for (const alg of namesOf(key)) this.#byAlgorithm.get(alg)?.delete(key)
    }
    for (const kid of new Set(keys.map((key) => key.kid))) {
      const family = this.family(kid)
      this.#activateNext(family)
      this.#reschedule(family)
    }
  }

  /** A key whose active version is gone signs with the next one at once: else nothing would sign until its time comes. */
  #activateNext(family: Family): void {
    const now = this.#clock.now()
    const versions = ascending(family)
    if (versions.some((key) => key.stateAt(now) === 'active')) return
    const pending = versions.filter((key) => key.stateAt(now) === 'pending')
    pending.toSorted((a, b) => a.startsAt - b.startsAt)[0]?.activate(now)
  }

  /** Ends a family that has no versions; its version numbers stay taken. */
  close(family: Family): void {
    if (!this.isOpen(family) || family.versions.size > 0) return
    this.#families.delete(family.kid)
    this.#names.release(family)
    // Made when it is needed: it allocates its whole room at once, and most rings never lose a key.
    this.#gone ??= new LRUCache({ max: mostGone })
    this.#gone.set(family.kid, family.latest)
  }

  /** A version of the key `kid`: by default the highest. Where no key has that kid, it may be a published kid. */
  lookUp(kid: string, version?: number): KeyVersion | undefined {
    this.#dropOverdue()
    const family = this.#families.get(kid)
    if (family !== undefined) return version === undefined ? ascending(family).at(-1) : family.versions.get(version)
    const numbered = version === undefined ? undefined : this.#byPublishedKid.get(publishedKid(kid, version))
    return numbered ?? this.#byPublishedKid.get(kid)
  }

  /** The key published under exactly this kid. */
  named(published: string): KeyVersion | undefined {
    this.#dropOverdue()
    return this.#byPublishedKid.get(published)
  }

  /** A kid names all versions of a key, a published kid one of them. A name that is both is taken as the kid. */
  namedBy(name: string): readonly KeyVersion[] {
    this.#dropOverdue()
    const family = this.#families.get(name)
    if (family !== undefined) return ascending(family)
    const one = this.#byPublishedKid.get(name)
    return one === undefined ? [] : [one]
  }

  /** The active key that started last, of all or of the named ones. Worked out once per change, not per token. */
  newestSigning(kid?: string): KeyVersion | undefined {
    const now = this.#clock.now()
    const known = this.#signing.get(kid)
    if (known !== undefined && now >= known.from && now < known.until) return known.key
    const key = newestOf(kid === undefined ? this.all() : this.namedBy(kid), now)
    if (key !== undefined) this.#signing.set(kid, { key, from: now, until: this.nextChange() })
    return key
  }

  /** All versions of a kid, ascending. */
  versionsOf(kid: string): KeyVersion[] {
    this.#dropOverdue()
    const family = this.#families.get(kid)
    return family === undefined ? [] : ascending(family)
  }

  forAlgorithm(alg: string): readonly KeyVersion[] {
    this.#dropOverdue()
    return [...(this.#byAlgorithm.get(alg) ?? [])]
  }

  all(): KeyVersion[] {
    this.#dropOverdue()
    return [...this.#byPublishedKid.values()]
  }

  /** The public set. The same object until something changes. */
  published(): PublicJwkSet {
    this.#dropOverdue()
    this.#published ??= Object.freeze({ keys: Object.freeze(publicJwks(this.#byPublishedKid.values())) as JWK[] })
    return this.#published
  }

  /** When, by what is scheduled now, the state of a key changes next. */
  nextChange(): number {
    this.#dropOverdue()
    const now = this.#clock.now()
    // Also when the clock was set back: then a change that had been is to come again.
    if (this.#nextChange === undefined || now < this.#nextChange.from || now >= this.#nextChange.at) {
      this.#nextChange = { from: now, at: earliest(this.#byPublishedKid.values(), (key) => key.changesAfter(now)) }
    }
    return this.#nextChange.at
  }

  /**
   * Works out when each version retires: when a higher one starts. A version that has retired stays so, also if its
   * successor goes: what signed once and stopped does not come back.
   */
  #reschedule(family: Family): void {
    this.#published = undefined
    this.#nextChange = undefined
    this.#signing.clear()
    const now = this.#clock.now()
    const versions = ascending(family)
    if (versions.length === 0) this.close(family)
    versions.forEach((key, index) => {
      const startsOfHigher = versions.slice(index + 1).map(({ startsAt }) => startsAt)
      const hasRetired = key.stateAt(now) === 'retired'
      const retiresAt = hasRetired ? key.retiresAt : Math.min(...startsOfHigher, Number.POSITIVE_INFINITY)
      const destroysAt =
        hasRetired && key.destroysAt < Number.POSITIVE_INFINITY
          ? key.destroysAt
          : Math.max(retiresAt, now) + family.retainFor
      key.schedule({ retiresAt, destroysAt })
      this.#nextDestruction = Math.min(this.#nextDestruction, destroysAt)
    })
  }

  /** One comparison for each question; the keys are gone through only when one is due. Where none ever is, no clock is read. */
  #dropOverdue(): void {
    if (this.#nextDestruction === Number.POSITIVE_INFINITY) return
    const now = this.#clock.now()
    if (now < this.#nextDestruction) return
    const overdue = [...this.#byPublishedKid.values()].filter((key) => key.stateAt(now) === 'destroyed')
    this.#nextDestruction = Number.POSITIVE_INFINITY
    this.remove(overdue)
    this.#nextDestruction = earliest(this.#byPublishedKid.values(), (key) => key.destroysAt)
  }
}

function ascending({ versions }: Family): KeyVersion[] {
  return [...versions.values()].toSorted((a, b) => a.version - b.version)
}

function publicJwks(keys: Iterable<KeyVersion>): JWK[] {
  return [...keys].flatMap((key) => (key.isPublishable ? (key.publicJwk ?? []) : []))
}

function newestOf(keys: Iterable<KeyVersion>, now: number): KeyVersion | undefined {
  let newest: KeyVersion | undefined
  for (const key of keys) {
    if (key.maySign(now) && (newest === undefined || key.startsAt >= newest.startsAt)) newest = key
  }
  return newest
}

function earliest(keys: Iterable<KeyVersion>, momentOf: (key: KeyVersion) => number): number {
  let moment = Number.POSITIVE_INFINITY
  for (const key of keys) moment = Math.min(moment, momentOf(key))
  return moment
}

function namesOf({ row }: KeyVersion): readonly string[] {
  return row.alias === undefined ? [row.alg] : [row.alg, row.alias]
}

import type { JWK } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../clock.ts'
import { KeyNotFoundError } from '../../../errors.ts'
import type { PublicJwkSet } from '../../key-specification.ts'
import { publishedKid } from '../../versioned-kids.ts'
import { ascending, emptyFamily, type Family, noteDestroyed, reschedule, withRetention } from './family.ts'
import { KeyNames } from './key-names.ts'
import type { KeyVersion } from './key-version.ts'
import type { Term } from './schedule.ts'

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
    const family = emptyFamily({ kid, keptName }, this.#gone?.get(kid) ?? 0)
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

  /**
   * @param retainFor how long versions stay after they retire; by default as before
   * @throws KeyNotFoundError if the family went meanwhile
   */
  add(key: KeyVersion, retainFor?: number): void {
    this.#dropOverdue()
    const family = this.family(key.kid)
    if (retainFor !== undefined) family.retention = withRetention(family.retention, { since: key.createdAt, retainFor })
    family.versions.set(key.version, key)
    this.#byPublishedKid.set(key.publishedKid, key)
    for (const alg of namesOf(key)) this.#byAlgorithm.set(alg, (this.#byAlgorithm.get(alg) ?? new Set()).add(key))
    this.#reschedule(family)
  }

  /** Sets how long the versions of a family stay after they retire; what is overdue by then is gone already. */
  retain(kid: string, retainFor: number): void {
    this.#dropOverdue()
    const family = this.family(kid)
    family.retention = withRetention(family.retention, { since: this.#clock.now(), retainFor })
    this.#reschedule(family)
  }

  /** Destroys versions of a key, at once. */
  remove(keys: readonly KeyVersion[]): void {
    // The clocks that the versions were made by may be ahead.
    const now = Math.max(
      this.#clock.now(),
      ...keys.flatMap(({ kid }) => ascending(this.family(kid)).map(({ createdAt }) => createdAt)),
    )
    this.#remove(keys, () => now)
  }

  #remove(keys: readonly KeyVersion[], momentOf: (key: KeyVersion) => number): void {
    const terms = keys.map((key): Term => ({ ...key.term, destroyedAt: momentOf(key) }))
    for (const key of keys) {
      key.destroy()
      this.#families.get(key.kid)?.versions.delete(key.version)
      this.#byPublishedKid.delete(key.publishedKid)
      for (const alg of namesOf(key)) this.#byAlgorithm.get(alg)?.delete(key)
    }
    for (const kid of new Set(keys.map((key) => key.kid))) {
      const family = this.family(kid)
      noteDestroyed(
        family,
        terms.filter((_, index) => keys[index]?.kid === kid),
      )
      this.#reschedule(family)
    }
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

  #reschedule(family: Family): void {
    this.#published = undefined
    this.#nextChange = undefined
    this.#signing.clear()
    reschedule(family)
    this.close(family)
    this.#nextDestruction = Math.min(
      this.#nextDestruction,
      earliest(family.versions.values(), (key) => key.destroysAt),
    )
  }

  /** One comparison for each question; the keys are gone through only when one is due. Where none ever is, no clock is read. */
  #dropOverdue(): void {
    if (this.#nextDestruction === Number.POSITIVE_INFINITY) return
    const now = this.#clock.now()
    if (now < this.#nextDestruction) return
    const overdue = [...this.#byPublishedKid.values()].filter((key) => key.stateAt(now) === 'destroyed')
    this.#nextDestruction = Number.POSITIVE_INFINITY
    this.#remove(overdue, (key) => key.destroysAt)
    this.#nextDestruction = earliest(this.#byPublishedKid.values(), (key) => key.destroysAt)
  }
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

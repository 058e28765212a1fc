import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../clock.ts'
import { InvalidKeyError, KeyNotFoundError } from '../../../errors.ts'
import type { PublicJwkSet } from '../../key-specification.ts'
import { publishedKid } from '../../versioned-kids.ts'
import { ascending, emptyFamily, type Family, noteDestroyed, reschedule, withRetention } from './family.ts'
import { earliest, KeyCalendar } from './key-calendar.ts'
import { KeyIndex } from './key-index.ts'
import { KeyNames, type NamedKey } from './key-names.ts'
import type { KeyVersion } from './key-version.ts'
import type { Term } from './schedule.ts'

const mostGone = 10_000

/** The keys at hand. It knows which there are, in what order they take over from each other, and when they go. */
export class KeyRing {
  readonly #clock: Clock
  readonly #keys = new KeyIndex()
  readonly #families = new Map<string, Family>()
  readonly #names = new KeyNames()
  /** The highest version of kids that are gone: were `orders.1` given twice, verifiers that know the first would refuse the second. */
  #gone: LRUCache<string, number> | undefined
  #nextDestruction = Number.POSITIVE_INFINITY
  readonly #calendar: KeyCalendar

  constructor(clock: Clock) {
    this.#clock = clock
    this.#calendar = new KeyCalendar(this.#keys, clock)
  }

  /** @throws InvalidKeyError if a name is taken: see {@link KeyNames} */
  open(kid: string, keptName?: string): Family {
    this.#dropOverdue()
    this.#names.claim({ kid, keptName })
    const family = emptyFamily({ kid, keptName }, this.#gone?.get(kid) ?? 0)
    this.#families.set(kid, family)
    return family
  }

  /**
   * The family that an exported version comes back to, if there is one.
   *
   * @throws InvalidKeyError if it has that version, or had it, or if the name that the version keeps is taken
   */
  reopen({ kid, keptName, version }: NamedKey & { readonly version: number }): Family | undefined {
    this.#dropOverdue()
    const family = this.#families.get(kid)
    if (family === undefined) return undefined
    checkIsFree(family, version)
    if (keptName !== undefined) this.#names.keep(family, keptName)
    family.keptName ??= keptName
    family.latest = Math.max(family.latest, version)
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
    checkIsFree(family, key.version)
    if (retainFor !== undefined) family.retention = withRetention(family.retention, { since: key.createdAt, retainFor })
    family.versions.set(key.version, key)
    this.#keys.add(key)
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
      this.#keys.delete(key)
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

  /**
   * Holds of a key exactly this, whatever it held before. A version that is no longer in it is destroyed.
   *
   * @throws InvalidKeyError if its names clash with those of another key: then nothing has changed
   */
  arrange(family: Family): void {
    const former = this.#families.get(family.kid)
    this.#names.replace(former, family.versions.size === 0 ? undefined : family)
    for (const key of former?.versions.values() ?? []) {
      this.#keys.delete(key)
      if (family.versions.get(key.version) !== key) key.destroy()
    }
    for (const key of family.versions.values()) this.#keys.add(key)
    if (family.versions.size === 0) this.#families.delete(family.kid)
    else this.#families.set(family.kid, family)
    this.#reschedule(family)
    this.#dropOverdue()
  }

  /** Forgets a key, whose versions stay as they are: they come back by {@link arrange}. */
  withdraw(kid: string): void {
    const family = this.#families.get(kid)
    if (family === undefined) return
    this.#families.delete(kid)
    this.#names.release(family)
    for (const key of family.versions.values()) this.#keys.delete(key)
  }

  /**
   * Whether a version of that name can be added: the first one of a new key, or one that comes back.
   *
   * @throws InvalidKeyError if a name is taken: see {@link KeyNames}
   */
  checkNames(key: NamedKey, { comesBack }: { readonly comesBack: boolean }): void {
    this.#dropOverdue()
    const family = comesBack ? this.#families.get(key.kid) : undefined
    if (family === undefined) this.#names.check(key)
    else if (key.keptName !== undefined) this.#names.checkKept(family, key.keptName)
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
    const numbered = version === undefined ? undefined : this.#keys.get(publishedKid(kid, version))
    return numbered ?? this.#keys.get(kid)
  }

  /** @throws KeyNotFoundError */
  find(kid: string, version?: number): KeyVersion {
    const key = this.lookUp(kid, version)
    if (key === undefined) throw new KeyNotFoundError('there is no such key, or no such version of it')
    return key
  }

  /**
   * The newest version of a key, by the kid or by the published kid of any version.
   *
   * @throws KeyNotFoundError
   */
  newestOf(kid: string): KeyVersion {
    return this.find(this.find(kid).kid)
  }

  /** The key published under exactly this kid. */
  named(published: string): KeyVersion | undefined {
    this.#dropOverdue()
    return this.#keys.get(published)
  }

  /** A kid names all versions of a key, or the given one; a published kid names one. A name that is both is taken as the kid. */
  namedBy(name: string, version?: number): readonly KeyVersion[] {
    this.#dropOverdue()
    if (version !== undefined) return this.versionsOf(name).filter((key) => key.version === version)
    const family = this.#families.get(name)
    if (family !== undefined) return ascending(family)
    const one = this.#keys.get(name)
    return one === undefined ? [] : [one]
  }

  /** The active key that started last, of all or of the named ones. */
  newestSigning(kid?: string): KeyVersion | undefined {
    this.#dropOverdue()
    return this.#calendar.newestSigning(kid, () => (kid === undefined ? this.all() : this.namedBy(kid)))
  }

  /** All versions of a kid, ascending. */
  versionsOf(kid: string): KeyVersion[] {
    this.#dropOverdue()
    const family = this.#families.get(kid)
    return family === undefined ? [] : ascending(family)
  }

  forAlgorithm(alg: string): readonly KeyVersion[] {
    this.#dropOverdue()
    return this.#keys.forAlgorithm(alg)
  }

  all(): KeyVersion[] {
    this.#dropOverdue()
    return [...this.#keys.values()]
  }

  /** The public set. The same object until something changes. */
  published(): PublicJwkSet {
    this.#dropOverdue()
    return this.#keys.published()
  }

  /** When, by what is scheduled now, the state of a key changes next. */
  nextChange(): number {
    this.#dropOverdue()
    return this.#calendar.nextChange()
  }

  #reschedule(family: Family): void {
    this.#calendar.clear()
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
    const overdue = [...this.#keys.values()].filter((key) => key.stateAt(now) === 'destroyed')
    this.#nextDestruction = Number.POSITIVE_INFINITY
    this.#remove(overdue, (key) => key.destroysAt)
    this.#nextDestruction = earliest(this.#keys.values(), (key) => key.destroysAt)
  }
}

function checkIsFree({ versions, destroyed }: Family, version: number): void {
  if (!versions.has(version) && !destroyed.some((term) => term.version === version)) return
  throw new InvalidKeyError(`version: the key has a version ${version}, or had one that was destroyed`)
}

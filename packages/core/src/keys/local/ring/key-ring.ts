import type { Clock } from '../../../clock.ts'
import { KeyNotFoundError } from '../../../errors.ts'
import type { PublicJwkSet } from '../../key-specification.ts'
import { publishedKid } from '../../versioned-kids.ts'
import { ascending, checkIsFree, type Family, noteDestroyed, reschedule, withRetention } from './family.ts'
import { earliest, KeyCalendar } from './key-calendar.ts'
import { KeyFamilies } from './key-families.ts'
import { KeyIndex } from './key-index.ts'
import type { NamedKey } from './key-names.ts'
import type { KeyVersion } from './key-version.ts'
import type { Term } from './schedule.ts'

/** The keys in memory: looks them up, schedules their versions, and destroys them when their time has come. */
export class KeyRing {
  readonly #clock: Clock
  readonly #keys = new KeyIndex()
  readonly #families = new KeyFamilies()
  #nextDestruction = Number.POSITIVE_INFINITY
  readonly #calendar: KeyCalendar

  constructor(clock: Clock) {
    this.#clock = clock
    this.#calendar = new KeyCalendar(this.#keys, clock)
  }

  /** @throws InvalidKeyError if a name is taken: see {@link KeyNames} */
  open(kid: string, keptName?: string): Family {
    this.#dropOverdue()
    return this.#families.open({ kid, keptName })
  }

  /**
   * Returns the family of an exported version that is imported again, if there is one.
   *
   * @throws InvalidKeyError if the family has or had that version, or the version's name is taken
   */
  reopen(key: NamedKey & { readonly version: number }): Family | undefined {
    this.#dropOverdue()
    return this.#families.reopen(key)
  }

  /** Returns false if the family was destroyed while a version of it was being created. */
  isOpen(family: Family): boolean {
    return this.#families.isOpen(family)
  }

  /** @throws KeyNotFoundError */
  family(kid: string): Family {
    return this.#families.find(kid)
  }

  /**
   * @param retainFor how long versions stay after they retire, in milliseconds. Default: as before
   * @throws KeyNotFoundError if the family was removed in the meantime
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

  /** Sets how long the versions of a family stay after they retire. Versions that are overdue are destroyed first. */
  retain(kid: string, retainFor: number): void {
    this.#dropOverdue()
    const family = this.family(kid)
    family.retention = withRetention(family.retention, { since: this.#clock.now(), retainFor })
    this.#reschedule(family)
  }

  /** Destroys versions of a key immediately. */
  remove(keys: readonly KeyVersion[]): void {
    // The versions may have been created by clocks that are ahead.
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
   * Replaces all that is known of a key. Versions that are no longer in it are destroyed.
   *
   * @throws InvalidKeyError if its names clash with those of another key. Nothing has changed then.
   */
  arrange(family: Family): void {
    const former = this.#families.get(family.kid)
    this.#families.replace(family)
    for (const key of former?.versions.values() ?? []) {
      this.#keys.delete(key)
      if (family.versions.get(key.version) !== key) key.destroy()
    }
    for (const key of family.versions.values()) this.#keys.add(key)
    this.#reschedule(family)
    this.#dropOverdue()
  }

  /** Removes a key without destroying its versions: {@link arrange} can add them again. */
  withdraw(kid: string): void {
    const family = this.#families.get(kid)
    if (family === undefined) return
    this.#families.delete(family)
    for (const key of family.versions.values()) this.#keys.delete(key)
  }

  /**
   * Checks that a version with these names can be added: the first version of a new key, or an imported one.
   *
   * @throws InvalidKeyError if a name is taken: see {@link KeyNames}
   */
  checkNames(key: NamedKey, options: { readonly comesBack: boolean }): void {
    this.#dropOverdue()
    this.#families.checkNames(key, options)
  }

  /** Removes a family without versions. Its version numbers stay in use. */
  close(family: Family): void {
    this.#families.close(family)
  }

  /** Returns a version of the key `kid`, by default the highest. If no key has that kid, it may be a published kid. */
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
   * Returns the newest version of a key, by the kid or by the published kid of any version.
   *
   * @throws KeyNotFoundError
   */
  newestOf(kid: string): KeyVersion {
    return this.find(this.find(kid).kid)
  }

  /** Returns the key that is published under exactly this kid. */
  named(published: string): KeyVersion | undefined {
    this.#dropOverdue()
    return this.#keys.get(published)
  }

  /** A kid names all versions of a key, or the given one. A published kid names one version. A name that is both counts as a kid. */
  namedBy(name: string, version?: number): readonly KeyVersion[] {
    this.#dropOverdue()
    if (version !== undefined) return this.versionsOf(name).filter((key) => key.version === version)
    const family = this.#families.get(name)
    if (family !== undefined) return ascending(family)
    const one = this.#keys.get(name)
    return one === undefined ? [] : [one]
  }

  /** Returns the active key that started last, among all keys or those with this name. */
  newestSigning(kid?: string): KeyVersion | undefined {
    this.#dropOverdue()
    return this.#calendar.newestSigning(kid, () => (kid === undefined ? this.all() : this.namedBy(kid)))
  }

  /** Returns all versions of a kid in ascending order. */
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

  /** Returns when the state of a key changes next, by the current schedule. */
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

  /** Costs one comparison unless a key is due, and does not read the clock if none ever will be. */
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

import { LRUCache } from 'lru-cache'
import { KeyNotFoundError } from '../../../errors.ts'
import { checkIsFree, emptyFamily, type Family } from './family.ts'
import { KeyNames, type NamedKey } from './key-names.ts'

const mostGone = 10_000

/** The kids of a ring, and the names that their keys have taken. */
export class KeyFamilies {
  readonly #families = new Map<string, Family>()
  readonly #names = new KeyNames()
  /** The highest version of destroyed kids. If `orders.1` were used twice, verifiers that know the first would refuse the second. */
  #gone: LRUCache<string, number> | undefined

  get(kid: string): Family | undefined {
    return this.#families.get(kid)
  }

  /** @throws KeyNotFoundError */
  find(kid: string): Family {
    const family = this.#families.get(kid)
    if (family === undefined) throw new KeyNotFoundError('there is no such key')
    return family
  }

  /** @throws InvalidKeyError if a name is taken: see {@link KeyNames} */
  open(key: NamedKey): Family {
    this.#names.claim(key)
    const family = emptyFamily(key, this.#gone?.get(key.kid) ?? 0)
    this.#families.set(key.kid, family)
    return family
  }

  /**
   * Returns the family of an exported version that is imported again, if there is one.
   *
   * @throws InvalidKeyError if the family has or had that version, or the version's name is taken
   */
  reopen({ kid, keptName, version }: NamedKey & { readonly version: number }): Family | undefined {
    const family = this.#families.get(kid)
    if (family === undefined) return undefined
    checkIsFree(family, version)
    if (keptName !== undefined) this.#names.keep(family, keptName)
    family.keptName ??= keptName
    family.latest = Math.max(family.latest, version)
    return family
  }

  /** Returns false if the family was destroyed while a version of it was being created. */
  isOpen(family: Family): boolean {
    return this.#families.get(family.kid) === family
  }

  /**
   * Replaces a family, or removes it if it has no versions.
   *
   * @throws InvalidKeyError if a name is taken. Nothing has changed then.
   */
  replace(family: Family): void {
    const isEmpty = family.versions.size === 0
    this.#names.replace(this.#families.get(family.kid), isEmpty ? undefined : family)
    if (isEmpty) this.#families.delete(family.kid)
    else this.#families.set(family.kid, family)
  }

  delete(family: Family): void {
    this.#families.delete(family.kid)
    this.#names.release(family)
  }

  /** Removes a family without versions. Its version numbers stay in use. */
  close(family: Family): void {
    if (!this.isOpen(family) || family.versions.size > 0) return
    this.delete(family)
    // Created when needed: it allocates all of its memory at once, and most rings never lose a key.
    this.#gone ??= new LRUCache({ max: mostGone })
    this.#gone.set(family.kid, family.latest)
  }

  /**
   * Checks that a version with these names can be added: the first version of a new key, or an imported one.
   *
   * @throws InvalidKeyError if a name is taken: see {@link KeyNames}
   */
  checkNames(key: NamedKey, { comesBack }: { readonly comesBack: boolean }): void {
    const family = comesBack ? this.#families.get(key.kid) : undefined
    if (family === undefined) this.#names.check(key)
    else if (key.keptName !== undefined) this.#names.checkKept(family, key.keptName)
  }
}

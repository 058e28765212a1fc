import { InvalidKeyError } from '../../../errors.ts'
import { parsePublishedKid } from '../../versioned-kids.ts'

/** The names of one key. */
export interface NamedKey {
  readonly kid: string
  /** The published kid that an import kept, where it is not `kid.version`. */
  readonly keptName?: string | undefined
}

/**
 * The names that are taken: the kids of keys, and the published kids that imports kept. `api` and `api.1` exclude each
 * other, because `api.1` is also the first version of `api`: whoever destroys one of them would destroy the other.
 */
export class KeyNames {
  /** Each name, with the kid of its key. */
  readonly #taken = new Map<string, string>()
  /** The taken names that read as versions, by the kid they are versions of. */
  readonly #versionsOf = new Map<string, Set<string>>()

  /** @throws InvalidKeyError if a name is taken, or could be confused with a version of another key */
  claim(key: NamedKey): void {
    this.check(key)
    for (const name of namesOf(key)) this.#add(name, key.kid)
  }

  /** @throws InvalidKeyError as {@link claim} */
  check({ kid, keptName }: NamedKey): void {
    this.#checkKid(kid)
    if (keptName !== undefined) this.#checkKeptName(keptName, kid)
  }

  /** @throws InvalidKeyError as {@link claim}: then the former names stay */
  replace(former: NamedKey | undefined, next: NamedKey | undefined): void {
    if (former?.kid === next?.kid && former?.keptName === next?.keptName) return
    if (former !== undefined) this.release(former)
    try {
      if (next !== undefined) this.claim(next)
    } catch (error) {
      if (former !== undefined) this.claim(former)
      throw error
    }
  }

  /** @throws InvalidKeyError if the name is taken, or the key keeps another one already */
  keep(key: NamedKey, name: string): void {
    this.checkKept(key, name)
    this.#add(name, key.kid)
  }

  /** @throws InvalidKeyError as {@link keep} */
  checkKept({ kid, keptName }: NamedKey, name: string): void {
    if (keptName === name) return
    if (keptName !== undefined) throw new InvalidKeyError(`publishedKid: the key keeps the name \`${keptName}\``)
    this.#checkKeptName(name, kid)
  }

  release(key: NamedKey): void {
    for (const name of namesOf(key)) this.#remove(name)
  }

  #checkKid(kid: string): void {
    const owner = this.#taken.get(kid)
    if (owner === kid) throw new InvalidKeyError('kid: there is a key of that name: rotate it, or destroy it first')
    if (owner !== undefined)
      throw new InvalidKeyError(`kid: a version of the key \`${owner}\` is published as \`${kid}\``)
    this.#checkVersionOfAnother('kid', kid)
    const [version] = this.#versionsOf.get(kid) ?? []
    if (version !== undefined)
      throw new InvalidKeyError(
        `kid: a version of \`${kid}\` could get the name \`${version}\`, which another key has: choose another kid`,
      )
  }

  #checkKeptName(name: string, kid: string): void {
    const owner = this.#taken.get(name)
    if (owner !== undefined) throw new InvalidKeyError(`publishedKid: the key \`${owner}\` has the name \`${name}\``)
    if (parsePublishedKid(name)?.kid !== kid) this.#checkVersionOfAnother('publishedKid', name)
  }

  #checkVersionOfAnother(member: string, name: string): void {
    const kid = parsePublishedKid(name)?.kid
    if (kid === undefined || this.#taken.get(kid) !== kid) return
    throw new InvalidKeyError(`${member}: \`${name}\` is the name of a version of the key \`${kid}\`: choose another`)
  }

  #add(name: string, kid: string): void {
    this.#taken.set(name, kid)
    const versionOf = parsePublishedKid(name)?.kid
    if (versionOf === undefined || versionOf === kid) return
    this.#versionsOf.set(versionOf, (this.#versionsOf.get(versionOf) ?? new Set()).add(name))
  }

  #remove(name: string): void {
    this.#taken.delete(name)
    const versionOf = parsePublishedKid(name)?.kid
    if (versionOf === undefined) return
    const versions = this.#versionsOf.get(versionOf)
    versions?.delete(name)
    if (versions?.size === 0) this.#versionsOf.delete(versionOf)
  }
}

function namesOf({ kid, keptName }: NamedKey): readonly string[] {
  return keptName === undefined || keptName === kid ? [kid] : [kid, keptName]
}

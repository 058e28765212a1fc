import type { JWK } from 'jose'
import type { PublicJwkSet } from '../../key-specification.ts'
import type { KeyVersion } from './key-version.ts'

/** Versions by what tokens say of them: the published kid, or the algorithm alone. */
export class KeyIndex {
  readonly #byPublishedKid = new Map<string, KeyVersion>()
  readonly #byAlgorithm = new Map<string, Set<KeyVersion>>()
  #published: PublicJwkSet | undefined

  add(key: KeyVersion): void {
    this.#published = undefined
    this.#byPublishedKid.set(key.publishedKid, key)
    for (const alg of namesOf(key)) this.#byAlgorithm.set(alg, (this.#byAlgorithm.get(alg) ?? new Set()).add(key))
  }

  delete(key: KeyVersion): void {
    this.#published = undefined
    this.#byPublishedKid.delete(key.publishedKid)
    for (const alg of namesOf(key)) this.#byAlgorithm.get(alg)?.delete(key)
  }

  /** The key published under exactly this kid. */
  get(published: string): KeyVersion | undefined {
    return this.#byPublishedKid.get(published)
  }

  forAlgorithm(alg: string): readonly KeyVersion[] {
    return [...(this.#byAlgorithm.get(alg) ?? [])]
  }

  values(): IterableIterator<KeyVersion> {
    return this.#byPublishedKid.values()
  }

  /** The public set. The same object until something changes. */
  published(): PublicJwkSet {
    this.#published ??= Object.freeze({ keys: Object.freeze(publicJwks(this.values())) as JWK[] })
    return this.#published
  }
}

function publicJwks(keys: Iterable<KeyVersion>): JWK[] {
  return [...keys].flatMap((key) => (key.isPublishable ? (key.publicJwk ?? []) : []))
}

function namesOf({ row }: KeyVersion): readonly string[] {
  return row.alias === undefined ? [row.alg] : [row.alg, row.alias]
}

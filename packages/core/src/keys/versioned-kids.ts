/** The published kid, in a JWKS and in a token's header: `orders.3`. */
export function publishedKid(kid: string, version: number): string {
  return `${kid}.${version}`
}

/** Reads a published kid. A suffix that is not a version number is part of the kid: then there is no version to read. */
export function parsePublishedKid(published: string): { kid: string; version: number } | undefined {
  const [, kid, version] = /^(.+)\.([1-9]\d{0,14})$/s.exec(published) ?? []
  return kid === undefined ? undefined : { kid, version: Number(version) }
}

/** Keys by published kid, found under the rules for versioned kids at the same cost however many there are. */
export class VersionedKids<T> {
  readonly #byPublishedKid = new Map<string, T>()
  readonly #versions = new Map<string, number[]>()

  set(published: string, key: T): void {
    if (!this.#byPublishedKid.has(published)) this.#noteVersion(published)
    this.#byPublishedKid.set(published, key)
  }

  /** The key published under exactly this kid. */
  get(published: string): T | undefined {
    return this.#byPublishedKid.get(published)
  }

  /** With a version: `kid.version`, then `kid` as it is. Without one: `kid` as it is, then the highest version. */
  lookUp(kid: string, version?: number): T | undefined {
    if (version !== undefined) return this.get(publishedKid(kid, version)) ?? this.get(kid)
    const highest = this.#versions.get(kid)?.at(-1)
    return this.get(kid) ?? (highest === undefined ? undefined : this.get(publishedKid(kid, highest)))
  }

  /** The version numbers under which the kid is published, ascending. */
  versions(kid: string): number[] {
    return [...(this.#versions.get(kid) ?? [])]
  }

  values(): IterableIterator<T> {
    return this.#byPublishedKid.values()
  }

  #noteVersion(published: string): void {
    const parsed = parsePublishedKid(published)
    if (parsed === undefined) return
    const versions = this.#versions.get(parsed.kid) ?? []
    this.#versions.set(
      parsed.kid,
      [...versions, parsed.version].toSorted((a, b) => a - b),
    )
  }
}

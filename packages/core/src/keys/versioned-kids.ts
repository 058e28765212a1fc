/** Returns the published kid, as it appears in a JWKS and in token headers: `orders.3`. */
export function publishedKid(kid: string, version: number): string {
  return `${kid}.${version}`
}

/** Splits a published kid into kid and version. Returns undefined if it does not end with a version number. */
export function parsePublishedKid(published: string): { kid: string; version: number } | undefined {
  const [, kid, version] = /^(.+)\.([1-9]\d{0,14})$/s.exec(published) ?? []
  return kid === undefined ? undefined : { kid, version: Number(version) }
}

/**
 * Maps published kids to keys and applies the rules for versioned kids. A lookup costs the same for any number of keys.
 */
export class VersionedKids<T> {
  readonly #byPublishedKid = new Map<string, T>()
  readonly #versions = new Map<string, number[]>()

  set(published: string, key: T): void {
    if (!this.#byPublishedKid.has(published)) this.#noteVersion(published)
    this.#byPublishedKid.set(published, key)
  }

  /** Returns the key published under exactly this kid. */
  get(published: string): T | undefined {
    return this.#byPublishedKid.get(published)
  }

  /**
   * With a version, tries `kid.version` and then `kid` itself. Without one, tries `kid` itself and then its highest
   * version.
   */
  lookUp(kid: string, version?: number): T | undefined {
    if (version !== undefined) return this.get(publishedKid(kid, version)) ?? this.get(kid)
    const highest = this.#versions.get(kid)?.at(-1)
    return this.get(kid) ?? (highest === undefined ? undefined : this.get(publishedKid(kid, highest)))
  }

  /** Returns the published version numbers of the kid, in ascending order. */
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

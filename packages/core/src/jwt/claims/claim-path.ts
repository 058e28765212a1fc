/** Where a claim is: the names that lead to it through nested objects. Dots are part of a name. */
export type ClaimPath = readonly string[]

/** The value at a path, or undefined. Only own members count: a token must not reach what the language adds to objects. */
export function claimAt(claims: object, path: ClaimPath): unknown {
  let found: unknown = claims
  for (const name of path) {
    if (!isJsonObject(found) || !Object.hasOwn(found, name)) return undefined
    found = found[name]
  }
  return found
}

/** A JSON object (RFC 8259 §4), which an array is not. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

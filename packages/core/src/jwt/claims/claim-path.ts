/** The path to a claim: the names of the nested members. A dot is part of a name, not a separator. */
export type ClaimPath = readonly string[]

/** Returns the value at a path, or undefined. Only own members count, so a path cannot reach `Object.prototype`. */
export function claimAt(claims: object, path: ClaimPath): unknown {
  let found: unknown = claims
  for (const name of path) {
    if (!isJsonObject(found) || !Object.hasOwn(found, name)) return undefined
    found = found[name]
  }
  return found
}

/** True for a JSON object (RFC 8259 §4), but not for an array. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

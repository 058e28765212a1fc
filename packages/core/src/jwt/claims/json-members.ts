import { TokenIssueError } from '../../errors.ts'

/**
 * Returns the members of an object after serialization to JSON. The object is serialized once, so the checked members
 * are the signed ones: `toJSON`, a getter or a proxy may return something else the next time.
 *
 * @param what the name of the object in the error message
 * @throws TokenIssueError if the value cannot be serialized or its JSON is not an object
 */
export function jsonMembers(what: string, value: unknown): Record<string, unknown> {
  const json = jsonOf(what, value)
  if (json?.startsWith('{') !== true) throw new TokenIssueError(`the ${what} must be an object`)
  return JSON.parse(json) as Record<string, unknown>
}

/** Returns undefined for values that JSON cannot represent, such as functions. */
function jsonOf(what: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new TokenIssueError(`the ${what} cannot be serialized to JSON`, { cause })
  }
}

import { TokenIssueError } from '../../errors.ts'

/**
 * The members of an object as they stand in its JSON. The object is read once, so that what is checked is also what is
 * signed: `toJSON`, a getter or a proxy may answer differently when asked again.
 *
 * @param what names the object in the error
 * @throws TokenIssueError if its JSON is no object, or there is none
 */
export function jsonMembers(what: string, value: unknown): Readonly<Record<string, unknown>> {
  const json = jsonOf(what, value)
  if (json?.startsWith('{') !== true) throw new TokenIssueError(`the ${what} must be an object`)
  return JSON.parse(json) as Readonly<Record<string, unknown>>
}

/** Undefined for what JSON does not have, such as functions. */
function jsonOf(what: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw new TokenIssueError(`the ${what} cannot be written as JSON`, { cause })
  }
}

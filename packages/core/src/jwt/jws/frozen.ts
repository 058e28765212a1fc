/**
 * Deeply freezes parsed JSON. All requests with the same token share its claims, so no handler may change them.
 *
 * @throws RangeError if the JSON is nested deeper than `depth`
 */
export function frozen<T>(json: T, depth: number): T {
  if (typeof json !== 'object' || json === null || Object.isFrozen(json)) return json
  if (depth === 0) throw new RangeError('nested too deeply')
  for (const member of Object.values(json)) frozen(member, depth - 1)
  return Object.freeze(json)
}

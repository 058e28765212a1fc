/**
 * Freezes parsed JSON, all the way down. Claims are shared by all requests that send the same token, so no handler may
 * change them.
 *
 * @throws RangeError if it is nested deeper than `depth`
 */
export function frozen<T>(json: T, depth: number): T {
  if (typeof json !== 'object' || json === null || Object.isFrozen(json)) return json
  if (depth === 0) throw new RangeError('nested too deeply')
  for (const member of Object.values(json)) frozen(member, depth - 1)
  return Object.freeze(json)
}

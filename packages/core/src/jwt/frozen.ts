/**
 * Freezes what JSON can hold, all the way down: claims are shared by all requests that send the same token, and what one
 * handler writes into them must not be another's claim. Objects of other kinds, which a schema can make, stay as they are.
 *
 * @throws RangeError if it is nested deeper than `depth`
 */
export function frozen<T>(value: T, depth: number = Number.POSITIVE_INFINITY): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value
  if (depth === 0) throw new RangeError('nested too deeply')
  for (const member of Object.values(value)) frozen(member, depth - 1)
  return Object.freeze(value)
}

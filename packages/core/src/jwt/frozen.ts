/**
 * Freezes what JSON can hold, all the way down: claims are shared by all requests that send the same token, and what one
 * handler writes into them must not be another's claim. Objects of other kinds, which a schema can make, stay as they are.
 */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}

import { isDeepStrictEqual } from 'node:util'

/**
 * Whether a value consists of plain objects, arrays and primitives alone. Such a value can be compared and frozen by its
 * members. A `Map`, a `Date`, an instance of a class, a function or a getter can hold state that neither reaches.
 */
export function isPlain(value: unknown): boolean {
  return isPlainBesides(value, new Set())
}

/** Freezes a plain value all the way down, the parts of it included that are frozen at their top only. */
export function freezePlain<T>(value: T): T {
  freezeBesides(value, new Set())
  return value
}

/** Whether two sets of options are the same: plain members by what they hold, others only if they are the very same object. */
export function haveSameMembers(one: object, other: object): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => {
    const [mine, theirs] = [one, other].map((options) => (options as Record<string, unknown>)[name])
    return mine === theirs || (isPlain(mine) && isPlain(theirs) && isDeepStrictEqual(mine, theirs))
  })
}

/** `seen` ends the walk where an object contains itself. */
function isPlainBesides(value: unknown, seen: Set<object>): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function'
  if (seen.has(value)) return true
  seen.add(value)
  return (
    (Array.isArray(value) || isPlainObject(value)) && membersOf(value).every((member) => isPlainBesides(member, seen))
  )
}

/** An object literal, or the like. The prototype may be another realm's: structuredClone() and Jest make such objects. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.hasOwn(prototype as object, 'isPrototypeOf')
}

const accessor = (): undefined => undefined

/** An accessor is represented by a function, which is never plain. */
function membersOf(value: object): unknown[] {
  return Reflect.ownKeys(value).map((name) => {
    const descriptor = Object.getOwnPropertyDescriptor(value, name) ?? {}
    return 'value' in descriptor ? (descriptor.value as unknown) : accessor
  })
}

function freezeBesides(value: unknown, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  for (const member of membersOf(value)) freezeBesides(member, seen)
  Object.freeze(value)
}

import { isDeepStrictEqual } from './platform.ts'

/**
 * True if a value consists only of plain objects, arrays and primitives. Such a value can be compared and frozen member
 * by member. A `Map`, a `Date`, a class instance, a function or a getter can hold state that this does not reach.
 */
export function isPlain(value: unknown): boolean {
  return isPlainBesides(value, new Set())
}

/** Deeply freezes a plain value, including the inside of objects that are already frozen. */
export function freezePlain<T>(value: T): T {
  freezeBesides(value, new Set())
  return value
}

/** True if two sets of options are equal. Plain members are compared by value, others by identity. */
export function haveSameMembers(one: object, other: object): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => {
    const [mine, theirs] = [one, other].map((options) => (options as Record<string, unknown>)[name])
    return mine === theirs || (isPlain(mine) && isPlain(theirs) && isDeepStrictEqual(mine, theirs))
  })
}

/** `seen` stops the recursion at circular references. */
function isPlainBesides(value: unknown, seen: Set<object>): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function'
  if (seen.has(value)) return true
  seen.add(value)
  return (
    (Array.isArray(value) || isPlainObject(value)) && membersOf(value).every((member) => isPlainBesides(member, seen))
  )
}

/** True for object literals and the like, also from another realm: structuredClone() and Jest create such objects. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.hasOwn(prototype as object, 'isPrototypeOf')
}

const accessor = (): undefined => undefined

/** Returns the values of all members. A function takes the place of an accessor, because a function is never plain. */
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

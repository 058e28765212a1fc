/** Also recognizes errors of another realm. */
export function isNativeError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
}

export function isDate(value: unknown): value is Date {
  return value instanceof Date || Object.prototype.toString.call(value) === '[object Date]'
}

/** Compares values that consist of plain objects, arrays and primitives, as all JSON does. */
export function isDeepStrictEqual(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return Object.is(one, other)
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length) return false
  return names.every(
    (name) => Object.hasOwn(other, name) && isDeepStrictEqual(memberOf(one, name), memberOf(other, name)),
  )
}

function memberOf(object: object, name: string): unknown {
  return (object as Readonly<Record<string, unknown>>)[name]
}

/** Consoles that know Node's symbol print with it. */
const custom: symbol = Symbol.for('nodejs.util.inspect.custom')

/** Shows what was thrown, without its members: they may contain secrets. */
export const inspect: { (value: unknown): string; readonly custom: symbol } = Object.assign(
  (value: unknown) =>
    isNativeError(value) ? `${value.name}: ${value.message}` : `a value of the type ${typeof value}`,
  { custom },
)

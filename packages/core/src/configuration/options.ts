import { ConfigurationError } from '../errors.ts'
import { variables } from './variables.ts'
import { nearestName } from './nearest-name.ts'

/** All options, as they were given. */
export type Given = Readonly<Record<string, unknown>>

/** Checks one option and gives it the form the code works with. `option` is how the error names it. */
export type Reader<T> = (value: unknown, option: string, given: Given) => T

/** One reader an option: the table that a class checks its options against. */
export type Readers<T> = { readonly [K in keyof T]-?: Reader<T[K]> }

/**
 * Reads options once, at construction, and freezes them: per request nothing is parsed again.
 *
 * @throws ConfigurationError for an unknown option, or one that its reader refuses
 */
export function readOptions<T extends object>(owner: string, given: unknown, readers: Readers<T>): Readonly<T> {
  const options = objectOf(owner, given)
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(readers, name)) throw unknownOption(owner, name, Object.keys(readers))
  }
  const read = Object.entries<Reader<unknown>>(readers).map(([name, reader]) => {
    return [name, reader(options[name], `${owner}: ${describe(name)}`, options)]
  })
  return Object.freeze(Object.fromEntries(read) as T)
}

/** @throws ConfigurationError if the options are no object */
export function objectOf(owner: string, given: unknown): Given {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Given
  throw new ConfigurationError(`${owner}: the options must be an object`, 'options')
}

/** The options that were given. One that is undefined was not, and must not take the place of another. */
export function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}

function describe(name: string): string {
  const variable = Object.hasOwn(variables, name) ? ` (or ${variables[name as keyof typeof variables]})` : ''
  return `option \`${name}\`${variable}`
}

function unknownOption(owner: string, name: string, known: readonly string[]): ConfigurationError {
  const meant = nearestName(name, known)
  const hint = meant === undefined ? `the options are ${known.join(', ')}` : `did you mean \`${meant}\`?`
  return new ConfigurationError(`${owner}: option \`${name}\` is unknown: ${hint}`, name)
}

/** @throws ConfigurationError if both options are given */
export function excludeEachOther<T extends object>(owner: string, options: T, one: keyof T, other: keyof T): void {
  if (options[one] === undefined || options[other] === undefined) return
  const [first, second] = [String(one), String(other)]
  throw new ConfigurationError(`${owner}: options \`${first}\` and \`${second}\` exclude each other`, second)
}

/** The error for an option whose value cannot be used. */
export function refuse(option: string, reason: string): ConfigurationError {
  const name = /`(.*?)`/.exec(option)?.[1] ?? option
  return new ConfigurationError(`${option} ${reason}`, name)
}

export function required<T>(reader: Reader<T>): Reader<T> {
  return (value, option, given) => {
    if (value === undefined) throw refuse(option, 'is missing')
    return reader(value, option, given)
  }
}

export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, option, given) => (value === undefined ? undefined : reader(value, option, given))
}

export function defaulting<T>(reader: Reader<T>, fallback: T): Reader<T> {
  return (value, option, given) => (value === undefined ? fallback : reader(value, option, given))
}

/** For what TypeScript has checked already and only its presence of mind can vouch for, such as functions. */
export function having<T>(member: string): Reader<T> {
  return (value, option) => {
    const holder = value as Record<string, unknown> | null
    if (typeof holder === 'object' && holder !== null && typeof holder[member] === 'function') return value as T
    throw refuse(option, `must be an object with a method ${member}()`)
  }
}

export function callable<T>(): Reader<T> {
  return (value, option) => {
    if (typeof value !== 'function') throw refuse(option, 'must be a function')
    return value as T
  }
}

export function text(value: unknown, option: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw refuse(option, 'must be a string that is not empty')
  return value
}

export function texts(value: unknown, option: string): readonly string[] {
  return listOf(text)(value, option, {})
}

/** One, or a list of at least one, each of which the reader takes. */
export function listOf<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value, option, given) => {
    // A copy: a subclass of Array would make `map` answer another of its kind, with a `toJSON` of its own.
    const values: readonly unknown[] = Array.isArray(value) ? [...(value as unknown[])] : [value]
    if (values.length === 0) throw refuse(option, 'must name at least one')
    return Object.freeze(values.map((one) => reader(one, option, given)))
  }
}

/** A list of objects, at least one, each of which is checked elsewhere. */
export function objects<T>(): Reader<readonly T[]> {
  return (value, option) => {
    const isList = Array.isArray(value) && value.length > 0
    if (!isList || value.some((one) => typeof one !== 'object' || one === null))
      throw refuse(option, 'must be a list of objects')
    return Object.freeze([...(value as T[])])
  }
}

/** An object whose values are all strings. */
export function dictionary(value: unknown, option: string): Readonly<Record<string, string>> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : undefined
  if (entries === undefined || entries.some(([, one]) => typeof one !== 'string'))
    throw refuse(option, 'must be an object of strings')
  return Object.freeze(Object.fromEntries(entries) as Record<string, string>)
}

export function oneOf<T extends string>(...allowed: readonly T[]): Reader<T> {
  return (value, option) => {
    if (!(allowed as readonly unknown[]).includes(value)) throw refuse(option, `must be one of ${allowed.join(', ')}`)
    return value as T
  }
}

export function someOf<T extends string>(allowed: readonly T[]): Reader<readonly T[]> {
  const one = oneOf(...allowed)
  return (value, option, given) => Object.freeze(texts(value, option).map((name) => one(name, option, given)))
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, option, given) => (value === null ? null : reader(value, option, given))
}

export function flag(value: unknown, option: string): boolean {
  if (typeof value !== 'boolean') throw refuse(option, 'must be true or false')
  return value
}

export function wholeNumber(value: unknown, option: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw refuse(option, 'must be a whole number above zero')
  return value as number
}

import { ConfigurationError } from '../errors.ts'
import { variables } from './variables.ts'
import { nearestName } from './nearest-name.ts'

/** The options as given, unchecked. */
export type Given = Readonly<Record<string, unknown>>

/** Checks one option and converts it to its internal form. `option` is its name in error messages. */
export type Reader<T> = (value: unknown, option: string, given: Given) => T

/** A reader for each option of a class. */
export type Readers<T> = { readonly [K in keyof T]-?: Reader<T[K]> }

/**
 * Reads options once, at construction, and freezes the result, so requests do not parse them again.
 *
 * @throws ConfigurationError if an option is unknown or its reader refuses it
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

/** Reads `true` or an object of options, and returns undefined for `false`: for a feature that is off by default. */
export function switchable<T extends object>(readers: Readers<T>): Reader<Readonly<T> | undefined> {
  return (value, option) => {
    if (value === undefined || value === false) return undefined
    if (value !== true && (typeof value !== 'object' || value === null))
      throw refuse(option, 'must be true, false, or an object of options')
    return readOptions<T>(nested(option), value === true ? {} : value, readers)
  }
}

/** Reads an object of options inside an option. */
export function objectWith<T extends object>(readers: Readers<T>): Reader<Readonly<T>> {
  return (value, option) => readOptions<T>(nested(option), value, readers)
}

/** Without the quotes, so that an error names the option inside. */
function nested(option: string): string {
  return option.replaceAll('`', '')
}

/** @throws ConfigurationError if the options are not an object */
export function objectOf(owner: string, given: unknown): Given {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Given
  throw new ConfigurationError(`${owner}: the options must be an object`, 'options')
}

/** Drops undefined options: they count as not given and must not override defaults. */
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
  throw new ConfigurationError(`${owner}: options \`${first}\` and \`${second}\` are mutually exclusive`, second)
}

/** Creates the error for an invalid option value. */
export function refuse(option: string, reason: string): ConfigurationError {
  const name = /`(.*?)`/.exec(option)?.[1] ?? option
  return new ConfigurationError(`${option} ${reason}`, name)
}

/** Makes an option required. */
export function required<T>(reader: Reader<T>): Reader<T> {
  return (value, option, given) => {
    if (value === undefined) throw refuse(option, 'is missing')
    return reader(value, option, given)
  }
}

/** Accepts an option that is not given, as undefined. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, option, given) => (value === undefined ? undefined : reader(value, option, given))
}

/** Replaces an option that is not given with its default. */
export function defaulting<T>(reader: Reader<T>, fallback: T): Reader<T> {
  return (value, option, given) => (value === undefined ? fallback : reader(value, option, given))
}

/** Accepts an object that has the given method. Its signature cannot be checked at run time. */
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

/** Reads a text that is not empty. */
export function text(value: unknown, option: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw refuse(option, 'must be a non-empty string')
  return value
}

export function texts(value: unknown, option: string): readonly string[] {
  return listOf(text)(value, option, {})
}

/** Reads one value or a non-empty list of values with the same reader. */
export function listOf<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value, option, given) => {
    // Copied, because `map` of an Array subclass returns the same subclass, which may have its own `toJSON`.
    const values: readonly unknown[] = Array.isArray(value) ? [...(value as unknown[])] : [value]
    if (values.length === 0) throw refuse(option, 'must name at least one')
    return Object.freeze(values.map((one) => reader(one, option, given)))
  }
}

/** Reads a non-empty list of objects, which are checked elsewhere. */
export function objects<T>(): Reader<readonly T[]> {
  return (value, option) => {
    const isList = Array.isArray(value) && value.length > 0
    if (!isList || value.some((one) => typeof one !== 'object' || one === null))
      throw refuse(option, 'must be a list of objects')
    return Object.freeze([...(value as T[])])
  }
}

/** Reads an object whose values are all strings. */
export function dictionary(value: unknown, option: string): Readonly<Record<string, string>> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : undefined
  if (entries === undefined || entries.some(([, one]) => typeof one !== 'string'))
    throw refuse(option, 'must be an object of strings')
  return Object.freeze(Object.fromEntries(entries) as Record<string, string>)
}

/** Reads one of the allowed values. */
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

import { printable } from '../printable.ts'

/** In characters. Shorter than a token. */
const longestValue = 100
const mostListed = 8

/** Shows a value of a token or of an option. */
export function shown(value: unknown): string {
  if (value === undefined) return 'none'
  if (typeof value === 'string') return JSON.stringify(printable(value, longestValue))
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : listed(value)
  if (typeof value === 'object' && value !== null) return 'a JSON object'
  return `${value as number | boolean | null}`
}

/** Shows values with commas between them. */
export function listed(values: readonly unknown[]): string {
  const others = values.length - mostListed
  const texts = values.slice(0, mostListed).map((value) => (Array.isArray(value) ? 'a list' : shown(value)))
  return others > 0 ? `${texts.join(', ')} and ${others} more` : texts.join(', ')
}

const units: readonly (readonly [name: string, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]

/** Shows a duration with its two greatest units: `1 hour 5 minutes`. From an hour on, it is rounded to minutes. */
export function duration(seconds: number): string {
  const exact = Math.round(Math.abs(seconds))
  let rest = exact < 3600 - 30 ? exact : Math.round(exact / 60) * 60
  const parts: string[] = []
  for (const [name, length] of units) {
    const count = Math.floor(rest / length)
    rest -= count * length
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`)
  }
  return parts.length === 0 ? '0 seconds' : parts.slice(0, 2).join(' ')
}

/** The last second that a `Date` can show. */
const lastSecond = 8.64e12

/** Shows a NumericDate (RFC 7519 §2) in UTC. */
export function time(seconds: number): string {
  if (Math.abs(seconds) > lastSecond) return String(seconds)
  return new Date(Math.floor(seconds) * 1000).toISOString().replace('.000', '')
}

/** Shows the value of a time claim, and how long ago or ahead it is. */
export function moment(value: unknown, now: number): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return shown(value)
  const distance = now - value
  if (Math.abs(distance) < 1) return `${time(value)}, now`
  return `${time(value)}, ${distance > 0 ? `${duration(distance)} ago` : `in ${duration(distance)}`}`
}

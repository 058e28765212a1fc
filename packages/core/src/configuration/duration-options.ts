import { toMilliseconds } from './duration.ts'
import { type Reader, refuse } from './options.ts'

const secondsInDay = 86_400

/**
 * Reads a {@link Duration} into milliseconds.
 *
 * @param days the largest bare number accepted, in days. A larger number was probably meant as milliseconds and is
 *   refused. Strings have a unit and are not limited.
 */
export function durationUpTo(days: number): Reader<number> {
  return (value, option) => {
    const milliseconds = toMilliseconds(value)
    if (milliseconds === undefined)
      throw refuse(option, "must be seconds, or a string such as '500ms', '30s', '5m', '1h', '30d'")
    if (typeof value === 'number' && value > days * secondsInDay) throw refuse(option, likelyMilliseconds(value))
    return milliseconds
  }
}

function likelyMilliseconds(value: number): string {
  const days = Math.round((10 * value) / secondsInDay) / 10
  const asMilliseconds = value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`
  return `is ${value} seconds (${days} days): write '${asMilliseconds}' if milliseconds were meant, or else '${value}s'`
}

/** Reads a {@link Duration} into milliseconds. A bare number may be up to a day. */
export const duration: Reader<number> = durationUpTo(1)

/** Wraps a reader so that it refuses zero. */
export function positive(read: Reader<number>): Reader<number> {
  return (value, option, given) => {
    const milliseconds = read(value, option, given)
    if (milliseconds === 0) throw refuse(option, 'must be longer than zero')
    return milliseconds
  }
}

/** Reads a {@link duration} longer than zero. */
export const positiveDuration: Reader<number> = positive(duration)

/** Reads a {@link duration} of at least one second, the unit of NumericDate. */
export const lifetime: Reader<number> = (value, option, given) => {
  const milliseconds = duration(value, option, given)
  if (milliseconds < 1000) throw refuse(option, 'must be at least one second')
  return milliseconds
}

/** A longer delay overflows the runtime's timers, which then fire immediately. */
const longestWait = 2 ** 31 - 1

/** Reads a duration above zero that a timer supports: up to 24 days. */
export const wait: Reader<number> = (value, option, given) => {
  const milliseconds = positiveDuration(value, option, given)
  if (milliseconds > longestWait) throw refuse(option, 'must be at most 24 days')
  return milliseconds
}

const units = [
  { unit: 'year', seconds: 365.25 * 86_400 },
  { unit: 'month', seconds: 30.44 * 86_400 },
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
] as const

const seconds = { unit: 'second', seconds: 1 } as const

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' })

/** Says a time in relation to now, such as `in 5 minutes` or `2 days ago`. Both in milliseconds since the epoch. */
export function relativeTime(time: number, now: number): string {
  const distance = (time - now) / 1000
  const { unit, seconds: size } = unitFor(distance)
  return Math.abs(distance) < 1 ? 'now' : relative.format(Math.trunc(distance / size), unit)
}

/** Says a duration in milliseconds, such as `5 minutes`. */
export function durationWords(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  const { unit, seconds: size } = unitFor(milliseconds / 1000)
  const amount = Math.round((milliseconds / 1000 / size) * 10) / 10
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`
}

/** Returns a time in ISO 8601 without fractions of a second, or undefined if it is outside the calendar. */
export function timestamp(time: number): string | undefined {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** The largest unit that says it well: 60 minutes are one hour, and 90 minutes are not. */
function unitFor(distance: number): (typeof units)[number] | typeof seconds {
  const length = Math.abs(distance)
  return units.find(({ seconds: size }) => length >= 1.5 * size || length === size) ?? seconds
}

/**
 * A number of seconds, or a string such as `'500ms'`, `'30s'`, `'5m'`, `'1h'`, `'30d'`. A number that can only be meant as
 * milliseconds (over a day, for most options) is refused: longer durations are written as strings.
 */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const millisecondsIn: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The milliseconds of a {@link Duration}, or undefined if it is none: not negative, not endless, no other unit. */
export function toMilliseconds(duration: unknown): number | undefined {
  if (typeof duration === 'number') return finite(duration * 1000)
  if (typeof duration !== 'string') return undefined
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(duration) ?? []
  if (amount === undefined || unit === undefined) return undefined
  return finite(Number(amount) * (millisecondsIn[unit] ?? Number.NaN))
}

function finite(milliseconds: number): number | undefined {
  return Number.isFinite(milliseconds) && milliseconds >= 0 ? milliseconds : undefined
}

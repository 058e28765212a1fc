/**
 * A number of seconds, or a string such as `'500ms'`, `'30s'`, `'5m'`, `'1h'`, `'30d'`. Numbers above a limit (for most
 * options, a day) are refused, because they were probably meant as milliseconds. Write longer durations as strings.
 */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const millisecondsIn: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Converts a {@link Duration} to milliseconds. Returns undefined if it is negative, infinite or malformed. */
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

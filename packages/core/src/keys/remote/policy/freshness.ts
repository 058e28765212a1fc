import type { ResponseHeaders } from '../fetching/response-body.ts'

/** How long a response is fresh. All durations are in milliseconds. */
export interface FreshnessRules {
  /** Used unchanged if given. Otherwise the server's headers decide, within the bounds. */
  readonly cacheTtl: number | undefined
  readonly minCacheTtl: number
  readonly maxCacheTtl: number
}

/** Used if neither the application nor the server gives a lifetime. */
const defaultCacheTtl = 5 * 60_000

/**
 * Returns the freshness lifetime of a response minus its age: RFC 9111 §4.2.1, §4.2.3.
 *
 * @param stored the lifetime that the stored response declared, for a 304 that declares none: RFC 9111 §4.3.4
 */
export function freshnessLifetime(
  headers: ResponseHeaders,
  rules: FreshnessRules,
  now: number,
  stored?: number,
): number {
  if (rules.cacheTtl !== undefined) return rules.cacheTtl
  const declared = declaredLifetime(headers, now) ?? stored
  const lifetime = declared === undefined ? defaultCacheTtl : declared - (seconds(headers.get('age')) ?? 0)
  return Math.min(Math.max(lifetime, rules.minCacheTtl), rules.maxCacheTtl)
}

/** Returns the lifetime that a response declares, or undefined if it declares none. */
export function declaredLifetime(headers: ResponseHeaders, now: number): number | undefined {
  const directives = directivesOf(headers.get('cache-control') ?? '')
  // RFC 9111 §5.2.2.4, §5.2.2.5: must not be stored or reused. `minCacheTtl` applies all the same, because otherwise
  // every token would cause a fetch.
  if (directives.has('no-store') || directives.has('no-cache')) return 0
  return seconds(directives.get('max-age')) ?? untilExpires(headers, now)
}

/** A directive may have a quoted value with commas. */
const directive = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g

/** RFC 9111 §4.2.1: if a directive occurs twice, the first one is used. */
function directivesOf(header: string): ReadonlyMap<string, string> {
  const directives = new Map<string, string>()
  for (const [text] of header.toLowerCase().matchAll(directive)) {
    const [name = '', value = ''] = text.split('=').map((part) => part.trim())
    if (!directives.has(name)) directives.set(name, value.replaceAll('"', ''))
  }
  return directives
}

/** RFC 9111 §5.3. Relative to the server's `Date`, or else to the local clock. */
function untilExpires(headers: ResponseHeaders, now: number): number | undefined {
  const expires = headers.get('expires')
  if (expires === null) return undefined
  const date = Date.parse(headers.get('date') ?? '')
  const lifetime = Date.parse(expires) - (Number.isNaN(date) ? now : date)
  // RFC 9111 §5.3: an invalid date, such as `0` or two dates, means already expired.
  return Number.isNaN(lifetime) ? 0 : lifetime
}

/** RFC 9111 §1.2.2: greater numbers are replaced by this one. */
const greatestDelta = 2 ** 31

/**
 * Reads delta-seconds (RFC 9111 §1.2.2) as milliseconds. Uses the first member of a list, as RFC 9111 §5.1 requires for
 * `Age`.
 */
function seconds(value: string | null | undefined): number | undefined {
  const [first = ''] = value?.split(',') ?? []
  return /^\d+$/.test(first.trim()) ? Math.min(Number(first), greatestDelta) * 1000 : undefined
}

/** Reads `Retry-After` (RFC 9110 §10.2.3: seconds or a date), in milliseconds from now. */
export function retryAfterOf(headers: ResponseHeaders, now: number): number | undefined {
  const value = headers.get('retry-after')
  const delay = seconds(value) ?? Date.parse(value ?? '') - now
  return Number.isNaN(delay) ? undefined : Math.max(0, delay)
}

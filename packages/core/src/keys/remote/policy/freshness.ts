import type { ResponseHeaders } from '../fetching/response-body.ts'

/** How long what the server said may be kept. All durations are in milliseconds. */
export interface FreshnessRules {
  /** Where it was given, it is taken as it is; otherwise the server's headers decide, within the bounds. */
  readonly cacheTtl: number | undefined
  readonly minCacheTtl: number
  readonly maxCacheTtl: number
}

/** When neither the application nor the server says anything. */
const defaultCacheTtl = 5 * 60_000

/**
 * The freshness lifetime of a response, less its age: RFC 9111 §4.2.1, §4.2.3.
 *
 * @param stored what the stored response declared, for a 304 that declares nothing: RFC 9111 §4.3.4
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

/** The lifetime that a response declares; undefined if it declares none. */
export function declaredLifetime(headers: ResponseHeaders, now: number): number | undefined {
  const directives = directivesOf(headers.get('cache-control') ?? '')
  // RFC 9111 §5.2.2.4, §5.2.2.5: not to be kept. The lower bound is what we keep all the same: every token would ask.
  if (directives.has('no-store') || directives.has('no-cache')) return 0
  return seconds(directives.get('max-age')) ?? untilExpires(headers, now)
}

/** A directive may have a quoted value with commas in it. */
const directive = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g

/** RFC 9111 §4.2.1: of a directive that is there twice, the first one counts. */
function directivesOf(header: string): ReadonlyMap<string, string> {
  const directives = new Map<string, string>()
  for (const [text] of header.toLowerCase().matchAll(directive)) {
    const [name = '', value = ''] = text.split('=').map((part) => part.trim())
    if (!directives.has(name)) directives.set(name, value.replaceAll('"', ''))
  }
  return directives
}

/** RFC 9111 §5.3. The server's own clock is the measure, where it tells the time. */
function untilExpires(headers: ResponseHeaders, now: number): number | undefined {
  const expires = headers.get('expires')
  if (expires === null) return undefined
  const date = Date.parse(headers.get('date') ?? '')
  const lifetime = Date.parse(expires) - (Number.isNaN(date) ? now : date)
  // RFC 9111 §5.3: an invalid date, such as `0` or two dates, means already expired.
  return Number.isNaN(lifetime) ? 0 : lifetime
}

/** RFC 9111 §1.2.2: a greater number counts as this one. */
const greatestDelta = 2 ** 31

/** RFC 9111 §1.2.2: delta-seconds. Of a list the first member counts, as RFC 9111 §5.1 says of `Age`. */
function seconds(value: string | null | undefined): number | undefined {
  const [first = ''] = value?.split(',') ?? []
  return /^\d+$/.test(first.trim()) ? Math.min(Number(first), greatestDelta) * 1000 : undefined
}

/** RFC 9110 §10.2.3: seconds, or a date. In milliseconds from now. */
export function retryAfterOf(headers: ResponseHeaders, now: number): number | undefined {
  const value = headers.get('retry-after')
  const delay = seconds(value) ?? Date.parse(value ?? '') - now
  return Number.isNaN(delay) ? undefined : Math.max(0, delay)
}

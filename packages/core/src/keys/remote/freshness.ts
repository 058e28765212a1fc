/** How long what the server said may be kept. All durations are in milliseconds. */
export interface FreshnessRules {
  /** Where it was given, it is taken as it is; otherwise the server's headers decide, within the bounds. */
  readonly cacheTtl: number | undefined
  readonly minCacheTtl: number
  readonly maxCacheTtl: number
}

/** When neither the application nor the server says anything. */
const defaultCacheTtl = 5 * 60_000

/** The freshness lifetime of a response: RFC 9111 §4.2.1, less its age (§4.2.3). */
export function freshnessLifetime(headers: Headers, rules: FreshnessRules, now: number): number {
  if (rules.cacheTtl !== undefined) return rules.cacheTtl
  const lifetime = declaredLifetime(headers, now) ?? defaultCacheTtl
  return Math.min(Math.max(lifetime, rules.minCacheTtl), rules.maxCacheTtl)
}

function declaredLifetime(headers: Headers, now: number): number | undefined {
  const directives = directivesOf(headers.get('cache-control'))
  // RFC 9111 §5.2.2.4, §5.2.2.5: not to be kept. The lower bound is what we keep all the same: every token would ask.
  if (directives.has('no-store') || directives.has('no-cache')) return 0
  const lifetime = seconds(directives.get('max-age')) ?? untilExpires(headers, now)
  return lifetime === undefined ? undefined : lifetime - (seconds(headers.get('age')) ?? 0)
}

function directivesOf(header: string | null): ReadonlyMap<string, string | undefined> {
  const directives = header?.split(',').map((directive) => directive.trim().toLowerCase().split('=')) ?? []
  return new Map(directives.map(([name = '', value]) => [name, value?.replaceAll('"', '')]))
}

/** RFC 9111 §5.3. The server's own clock is the measure, where it tells the time. */
function untilExpires(headers: Headers, now: number): number | undefined {
  const expires = headers.get('expires')
  if (expires === null) return undefined
  const date = Date.parse(headers.get('date') ?? '')
  const lifetime = Date.parse(expires) - (Number.isNaN(date) ? now : date)
  // RFC 9111 §5.3: an invalid date, such as `0`, means already expired.
  return Number.isNaN(lifetime) ? 0 : lifetime
}

/** RFC 9111 §1.2.2: delta-seconds. */
function seconds(value: string | null | undefined): number | undefined {
  return value !== null && value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) * 1000 : undefined
}

/** RFC 9110 §10.2.3: seconds, or a date. In milliseconds from now. */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')
  const delay = seconds(value) ?? Date.parse(value ?? '') - now
  return Number.isNaN(delay) ? undefined : Math.max(0, delay)
}

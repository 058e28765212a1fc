import type { ResponseHeaders } from './response-body.ts'

/** `Date` has whole seconds, so on average it is half a second late. */
const cutOff = 500

/**
 * Returns how far the clock here is ahead of that of the server, in milliseconds: by `Date` (RFC 9110 §6.6.1), and by `Age` if
 * a cache answered (RFC 9111 §4.2.3). Negative if it is behind, undefined if the server does not send the time. Exact to about
 * a second.
 */
export function clockAheadOf(headers: ResponseHeaders, now: number): number | undefined {
  const date = Date.parse(headers.get('date') ?? '')
  const age = Number(headers.get('age') ?? 0) * 1000
  return Number.isNaN(date) || Number.isNaN(age) ? undefined : now - (date + age + cutOff)
}

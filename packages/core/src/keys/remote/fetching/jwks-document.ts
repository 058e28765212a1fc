import { type Clock, type Moment, momentOf } from '../../../clock.ts'
import { type Fetch, fetchDocument, unavailable } from './bounded-fetch.ts'
import { declaredLifetime, type FreshnessRules, freshnessLifetime } from '../policy/freshness.ts'
import { KeySet } from '../sets/key-set.ts'
import type { RequestHeaders } from './request-headers.ts'
import type { ResponseHeaders } from './response-body.ts'
import { clockAheadOf } from './server-clock.ts'

/** How a JWKS is requested, and how the response is read. */
export interface JwksRequestSettings extends FreshnessRules {
  readonly fetch: Fetch
  readonly requestTimeout: number
  readonly maxBodyBytes: number
  readonly maxKeys: number
  readonly acceptKeyUses: readonly string[]
  readonly clock: Clock
}

/** A request for a JWKS. */
export interface JwksRequest {
  readonly url: string
  readonly headers: RequestHeaders
  readonly settings: JwksRequestSettings
}

/** A fetched JWKS. Durations are in milliseconds. */
export interface FetchedJwks {
  readonly url: string
  readonly set: KeySet
  /** When it was requested, or requested again and confirmed by a 304: RFC 9111 §4.2.3 counts the response delay as age. */
  readonly at: Moment
  readonly freshFor: number
  /** The lifetime that the response declared, before bounds and age are applied. */
  readonly declaredLifetime: number | undefined
  /** How far the clock here is ahead of the server's. Undefined if the server does not send the time. */
  readonly clockAhead: number | undefined
  /** RFC 9110 §13.1: the conditional header for each validator in the response. */
  readonly conditions: Readonly<Record<string, string>>
}

/**
 * Fetches a JWKS.
 *
 * @param known the previous document
 * @throws KeySourceUnavailableError
 */
export type JwksFetch = (
  request: JwksRequest,
  deadline: AbortSignal,
  known: FetchedJwks | undefined,
) => Promise<FetchedJwks>

/** Sends a conditional request: the server may respond 304 if the document has not changed. */
export const fetchIfChanged: JwksFetch = (request, deadline, known) => {
  return fetchOn(known?.url === request.url ? known.conditions : {}, request, deadline, known)
}

/** Sends an unconditional request: some servers respond 304 although the document has changed. */
export const fetchWhole: JwksFetch = (request, deadline, known) => fetchOn({}, request, deadline, known)

async function fetchOn(
  conditions: Readonly<Record<string, string>>,
  { url, headers: sent, settings }: JwksRequest,
  deadline: AbortSignal,
  known: FetchedJwks | undefined,
): Promise<FetchedJwks> {
  const { fetch, maxBodyBytes: maxBytes, clock } = settings
  const at = momentOf(clock)
  const answer = await fetchDocument(
    url,
    { fetch, headersFor: (to, until) => sent.of(to, until), maxBytes, deadline },
    conditions,
  )
  const { status, headers, document } = answer
  const now = clock.now()
  const confirmed = status === 304 && Object.keys(conditions).length > 0 ? known : undefined
  if (status !== 200 && confirmed === undefined) throw unavailable(url, answer, now, sent.noteFor(url))
  const set = confirmed?.set ?? sameIfEqual(known?.set, await KeySet.read(document, url, settings))
  return {
    url,
    set,
    at,
    // RFC 9111 §3.2, §4.3.4: the header fields of a 304 replace the stored ones; the others are kept.
    freshFor: freshnessLifetime(headers, settings, now, confirmed?.declaredLifetime),
    declaredLifetime: declaredLifetime(headers, now) ?? confirmed?.declaredLifetime,
    clockAhead: clockAheadOf(headers, now),
    conditions: { ...confirmed?.conditions, ...conditionsFor(headers) },
  }
}

/** Returns the known set if both are equal, so that results derived from it can be reused. */
function sameIfEqual(known: KeySet | undefined, current: KeySet): KeySet {
  return known?.equals(current) === true ? known : current
}

function conditionsFor(headers: ResponseHeaders): Readonly<Record<string, string>> {
  const etag = headers.get('etag')
  const lastModified = headers.get('last-modified')
  return {
    ...(etag !== null && { 'if-none-match': etag }),
    ...(lastModified !== null && { 'if-modified-since': lastModified }),
  }
}

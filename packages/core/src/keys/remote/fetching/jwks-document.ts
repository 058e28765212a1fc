import { type Clock, type Moment, momentOf } from '../../../clock.ts'
import { type Fetch, fetchDocument, unavailable } from './bounded-fetch.ts'
import { declaredLifetime, type FreshnessRules, freshnessLifetime } from '../policy/freshness.ts'
import { KeySet } from '../sets/key-set.ts'
import type { RequestHeaders } from './request-headers.ts'
import type { ResponseHeaders } from './response-body.ts'

/** How a JWKS is asked for, and what is made of the response. */
export interface JwksRequestSettings extends FreshnessRules {
  readonly fetch: Fetch
  readonly requestTimeout: number
  readonly maxBodyBytes: number
  readonly maxKeys: number
  readonly acceptKeyUses: readonly string[]
  readonly clock: Clock
}

/** A JWKS, and how to ask for it. */
export interface JwksRequest {
  readonly url: string
  readonly headers: RequestHeaders
  readonly settings: JwksRequestSettings
}

/** A JWKS as it was fetched. Durations are in milliseconds. */
export interface FetchedJwks {
  readonly url: string
  readonly set: KeySet
  /** When it was fetched, or confirmed by a 304. */
  readonly at: Moment
  readonly freshFor: number
  /** What its response declared, before bounds and age. */
  readonly declaredLifetime: number | undefined
  /** RFC 9110 §13.1: the condition for each validator that its response had. */
  readonly conditions: Readonly<Record<string, string>>
}

/**
 * Asks for a JWKS.
 *
 * @param known what it was before
 * @throws KeySourceUnavailableError
 */
export type JwksFetch = (
  request: JwksRequest,
  deadline: AbortSignal,
  known: FetchedJwks | undefined,
) => Promise<FetchedJwks>

/** Asks on the condition that the document has changed since it became known. */
export const fetchIfChanged: JwksFetch = (request, deadline, known) => {
  return fetchOn(known?.url === request.url ? known.conditions : {}, request, deadline, known)
}

/** Asks without conditions: some servers answer 304 although the document has changed. */
export const fetchWhole: JwksFetch = (request, deadline, known) => fetchOn({}, request, deadline, known)

async function fetchOn(
  conditions: Readonly<Record<string, string>>,
  { url, headers: sent, settings }: JwksRequest,
  deadline: AbortSignal,
  known: FetchedJwks | undefined,
): Promise<FetchedJwks> {
  const { fetch, maxBodyBytes: maxBytes, clock } = settings
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
    at: momentOf(clock),
    // RFC 9111 §3.2, §4.3.4: what a 304 says replaces what was stored, and the rest stays.
    freshFor: freshnessLifetime(headers, settings, now, confirmed?.declaredLifetime),
    declaredLifetime: declaredLifetime(headers, now) ?? confirmed?.declaredLifetime,
    conditions: { ...confirmed?.conditions, ...conditionsFor(headers) },
  }
}

/** Equal sets stay one object, so that what was made of the first can be reused. */
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

import { LRUCache } from 'lru-cache'
import { elapsedSince, type Moment, momentOf, systemClock } from '../../../clock.ts'
import { untilAborted } from '../../../deadline.ts'
import { KeySourceUnavailableError } from '../../../errors.ts'
import { printableUrl } from '../../../printable.ts'
import { type FetchedJwks, fetchIfChanged, type JwksFetch, type JwksRequest } from './jwks-document.ts'

/** A JWKS with its position in the order of requests. */
export interface JwksDocument extends FetchedJwks {
  readonly number: number
}

/** A fetch that is under way, and the number of callers that wait for it. */
interface SharedFetch {
  readonly landing: Promise<JwksDocument>
  readonly startedAt: Moment
  readonly ending: AbortController
  waiting: number
}

/**
 * The JWKS documents of the issuers of one verifier. Issuers share a document if their metadata names the same URL and
 * their requests have the same settings. It is fetched once per lifetime and is in memory once.
 */
export class SharedJwks {
  readonly #documents: LRUCache<string, JwksDocument>
  readonly #fetches = new Map<string, SharedFetch>()
  readonly #identities = new WeakMap<object, number>()
  #identified = 0
  #asked = 0

  /** @param max the maximum number of documents; the least recently used one is evicted */
  constructor(max: number) {
    this.#documents = new LRUCache({ max })
  }

  /** Returns a document that was requested after the known one, if it is still fresh. */
  newerThan(known: JwksDocument | undefined, request: JwksRequest): JwksDocument | undefined {
    const shared = this.#documents.get(this.#nameOf(request))
    if (shared === undefined || shared.number <= (known?.number ?? 0)) return undefined
    return elapsedSince(shared.at, request.settings.clock) < shared.freshFor ? shared : undefined
  }

  /**
   * Returns a newer document that another issuer has fetched, or else fetches it. Concurrent calls share the fetch.
   *
   * @throws KeySourceUnavailableError
   */
  async obtain(request: JwksRequest, deadline: AbortSignal, known: JwksDocument | undefined): Promise<JwksDocument> {
    const newer = this.newerThan(known, request)
    if (newer !== undefined) return newer
    const name = this.#nameOf(request)
    const underWay = this.#fetches.get(name)
    const joined = isJoinable(underWay, request) ? underWay : this.#start(name, request, known)
    return waitFor(joined, request, deadline)
  }

  /**
   * Fetches the document now, even if another issuer has fetched it.
   *
   * @throws KeySourceUnavailableError
   */
  async ask(
    fetchJwks: JwksFetch,
    request: JwksRequest,
    deadline: AbortSignal,
    known: JwksDocument | undefined,
  ): Promise<JwksDocument> {
    const name = this.#nameOf(request)
    const number = (this.#asked += 1)
    const fetched = await fetchJwks(request, deadline, latest(known, this.#documents.get(name)))
    const document = { ...fetched, number }
    // A later request may have finished first. A document that arrives after the deadline is outdated.
    if (!deadline.aborted) this.#documents.set(name, latest(document, this.#documents.get(name)))
    return document
  }

  #start(name: string, request: JwksRequest, known: JwksDocument | undefined): SharedFetch {
    const ending = new AbortController()
    const landing = this.ask(fetchIfChanged, request, ending.signal, known).finally(() => {
      if (this.#fetches.get(name) === started) this.#fetches.delete(name)
    })
    const started: SharedFetch = { landing, startedAt: momentOf(systemClock), ending, waiting: 0 }
    this.#fetches.set(name, started)
    return started
  }

  /** Returns a name that is equal for requests with the same settings for sending and for reading the response. */
  #nameOf({ url, headers: sent, settings }: JwksRequest): string {
    const { fetch, clock, maxBodyBytes, maxKeys, acceptKeyUses, cacheTtl, minCacheTtl, maxCacheTtl } = settings
    const { userAgent, headers = {} } = sent.partsFor(url)
    const ways = [this.#identityOf(fetch), this.#identityOf(clock), userAgent, this.#contentOf(headers)]
    return JSON.stringify([url, ...ways, maxBodyBytes, maxKeys, acceptKeyUses, cacheTtl, minCacheTtl, maxCacheTtl])
  }

  /** Returns the entries of an object in a fixed order. A function is compared by reference. */
  #contentOf(headers: object): unknown {
    if (typeof headers === 'function') return this.#identityOf(headers)
    return Object.entries(headers).toSorted(([one], [other]) => (one < other ? -1 : 1))
  }

  #identityOf(object: object): number {
    const identity = this.#identities.get(object) ?? (this.#identified += 1)
    this.#identities.set(object, identity)
    return identity
  }
}

function latest<T extends JwksDocument | undefined>(one: T, other: JwksDocument | undefined): T | JwksDocument {
  return other !== undefined && other.number > (one?.number ?? 0) ? other : one
}

function isJoinable(underWay: SharedFetch | undefined, { settings }: JwksRequest): underWay is SharedFetch {
  if (underWay === undefined || underWay.ending.signal.aborted) return false
  return elapsedSince(underWay.startedAt, systemClock) < settings.requestTimeout
}

/** Waits for a shared fetch. Each caller has its own deadline. The fetch ends when no caller waits any more. */
async function waitFor(shared: SharedFetch, { url }: JwksRequest, deadline: AbortSignal): Promise<JwksDocument> {
  shared.waiting += 1
  try {
    return await untilAborted(shared.landing, deadline)
  } catch (cause) {
    if (cause instanceof KeySourceUnavailableError) throw cause
    if (shared.waiting > 1)
      throw new KeySourceUnavailableError(`${printableUrl(url)}: no complete answer in time`, { cause })
    // The fetch ends immediately, and its own error is the most specific one.
    shared.ending.abort(deadline.reason)
    return await shared.landing
  } finally {
    shared.waiting -= 1
    if (shared.waiting === 0) shared.ending.abort(deadline.reason)
  }
}

import type { IncomingHttpHeaders } from 'node:http'
import type { DocumentName } from './documents.ts'
import type { Outcome } from './outcome.ts'

/** A request as it arrives at the issuer: a part of Node's own. */
export interface IssuerRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: IncomingHttpHeaders
}

/** A request that the issuer received. */
export interface LoggedRequest {
  readonly method: string
  readonly path: string
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
}

/** Is called for each request. The outcome is known later; it never rejects. */
export type RequestWatcher = (request: LoggedRequest, outcome: Promise<Outcome>) => void

/** All requests are counted, but only the latest are kept. */
const maxLogged = 1000

/**
 * The requests that the issuer received, including those it failed. Connections that `{ kind: 'down' }` resets are not
 * counted.
 */
export class RequestLog {
  readonly #counts = new Map<DocumentName | undefined, number>()
  readonly #watchers = new Set<RequestWatcher>()
  #recent: LoggedRequest[] = []

  /** Requests for the JWKS. */
  get jwks(): number {
    return this.#count('jwks')
  }

  /** Requests for metadata: OpenID Connect Discovery and RFC 8414 together. */
  get discovery(): number {
    return this.#count('openid-configuration') + this.#count('oauth-authorization-server')
  }

  /** Requests to the introspection endpoint. */
  get introspection(): number {
    return this.#count('introspection')
  }

  /** All requests, including those for unknown paths. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  /** The latest requests, oldest first; at most 1000. */
  get recent(): readonly LoggedRequest[] {
    return this.#recent
  }

  /** Counts a request and keeps it among the latest. */
  record(document: DocumentName | undefined, request: IssuerRequest): void {
    this.#counts.set(document, this.#count(document) + 1)
    this.#recent.push(logged(request))
    if (this.#recent.length > maxLogged) this.#recent.shift()
  }

  /** Tells the watchers of a request. */
  tell(request: IssuerRequest, outcome: Promise<Outcome>): void {
    for (const watcher of this.#watchers) watcher(logged(request), outcome)
  }

  /**
   * Calls a function for each request from now on, also for those whose connections `{ kind: 'down' }` resets. Returns a
   * function that ends this.
   */
  watch(watcher: RequestWatcher): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** Resets all counts to zero and forgets the requests. */
  reset(): void {
    this.#counts.clear()
    this.#recent = []
  }

  #count(document: DocumentName | undefined): number {
    return this.#counts.get(document) ?? 0
  }
}

function logged({ method = '', url = '', headers }: IssuerRequest): LoggedRequest {
  return { method, path: url, headers }
}

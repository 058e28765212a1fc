import type { IncomingHttpHeaders } from 'node:http'
import type { DocumentName } from './documents.ts'

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

/** All requests are counted, but only the latest are kept. */
const maxLogged = 1000

/**
 * The requests that the issuer received, including those it failed. Connections that `{ kind: 'down' }` resets are not
 * counted.
 */
export class RequestLog {
  readonly #counts = new Map<DocumentName | undefined, number>()
  readonly #watchers = new Set<(request: LoggedRequest) => void>()
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

  record(document: DocumentName | undefined, { method = '', url = '', headers }: IssuerRequest): void {
    this.#counts.set(document, this.#count(document) + 1)
    const logged = { method, path: url, headers }
    this.#recent.push(logged)
    if (this.#recent.length > maxLogged) this.#recent.shift()
    for (const watcher of this.#watchers) watcher(logged)
  }

  /** Calls a function for each request from now on. Returns a function that ends this. */
  watch(watcher: (request: LoggedRequest) => void): () => void {
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

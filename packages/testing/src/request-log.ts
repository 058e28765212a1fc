import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { DocumentName } from './documents.ts'

/** A request as it reached the issuer. */
export interface LoggedRequest {
  readonly method: string
  readonly path: string
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
}

/** Counts go on for ever; of the requests themselves only the latest are kept. */
const maxLogged = 1000

/**
 * What the issuer was asked, also while it failed. A connection that `{ kind: 'down' }` cut off is no request.
 */
export class RequestLog {
  readonly #counts = new Map<DocumentName | undefined, number>()
  #recent: LoggedRequest[] = []

  /** Requests for the JWKS. */
  get jwks(): number {
    return this.#count('jwks')
  }

  /** Requests for metadata: OpenID Connect Discovery and RFC 8414 together. */
  get discovery(): number {
    return this.#count('openid-configuration') + this.#count('oauth-authorization-server')
  }

  /** All requests, those for anything else included. */
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  /** The latest requests, oldest first; at most 1000. */
  get recent(): readonly LoggedRequest[] {
    return this.#recent
  }

  record(document: DocumentName | undefined, { method = '', url = '', headers }: IncomingMessage): void {
    this.#counts.set(document, this.#count(document) + 1)
    this.#recent.push({ method, path: url, headers })
    if (this.#recent.length > maxLogged) this.#recent.shift()
  }

  /** Starts over at zero. */
  reset(): void {
    this.#counts.clear()
    this.#recent = []
  }

  #count(document: DocumentName | undefined): number {
    return this.#counts.get(document) ?? 0
  }
}

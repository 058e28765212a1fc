import { createHash } from 'node:crypto'
import type { PublicJwkSet } from '../keys/key-provider.ts'
import type { HttpRequest, HttpResponse } from './request.ts'

/** What the endpoint asks of a key provider. */
export interface JwksPublisher {
  /** The keys that this service publishes as its own. */
  publishedJwks(): Promise<PublicJwkSet>
}

const maxAge = 300

/** Serves a provider's public keys: RFC 7517 §8.5.1, RFC 9110 §13. A request never changes anything. */
export class JwksEndpoint {
  readonly #keys: JwksPublisher
  #serialized:
    | { readonly set: PublicJwkSet; readonly body: string; readonly headers: Readonly<Record<string, string>> }
    | undefined

  constructor(keys: JwksPublisher) {
    this.#keys = keys
  }

  async respond(request: HttpRequest): Promise<HttpResponse> {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return { status: 405, headers: { Allow: 'GET, HEAD' }, body: '' }
    const { body, headers } = this.#serialize(await this.#keys.publishedJwks())
    if (matches(request.headers['if-none-match'], headers['ETag']))
      return { status: 304, headers: validatorsOf(headers), body: '' }
    // For HEAD too: Node leaves the body out when it sends, and frameworks measure it.
    return { status: 200, headers, body }
  }

  /** Once per change of the set, not per request. */
  #serialize(set: PublicJwkSet): { body: string; headers: Readonly<Record<string, string>> } {
    if (this.#serialized?.set !== set) {
      const body = JSON.stringify(set)
      this.#serialized = { set, body, headers: headersOf(body) }
    }
    return this.#serialized
  }
}

function headersOf(body: string): Readonly<Record<string, string>> {
  return Object.freeze({
    'Content-Type': 'application/jwk-set+json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': `public, max-age=${maxAge}`,
    ETag: `"${createHash('sha256').update(body).digest('base64url')}"`,
    'Access-Control-Allow-Origin': '*',
  })
}

/** RFC 9110 §15.4.5: a 304 repeats what a cache needs, and describes no body. */
function validatorsOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { 'Content-Type': _type, 'Content-Length': _length, ...validators } = headers
  return validators
}

/** RFC 9110 §13.1.2: a list of entity tags, or `*`; weak comparison. */
function matches(condition: string | readonly string[] | undefined, etag: string | undefined): boolean {
  if (typeof condition !== 'string') return false
  return condition.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}

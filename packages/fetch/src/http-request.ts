import type { HttpRequest } from '@bearerkit/core'

/** What a host knows and a `Request` does not say. A request of Node's `http` has these members. */
export interface Connection {
  /** Alternating names and values as sent. Without them, several lines of one header look like one. */
  readonly rawHeaders?: readonly string[] | undefined
  /** With the address of the client, and for a TLS connection with its certificate. */
  readonly socket?: HttpRequest['socket']
}

/** Registered globally, so that two copies of this package share it. */
const converted = Symbol.for('bearerkit.httpRequest')

interface Converted {
  [converted]?: HttpRequest
}

/**
 * Returns the request as core takes it. All steps of a request get the same object.
 *
 * @param carrier the object that stays the same during the request. Frameworks may replace a `Request`.
 */
export function httpRequestOf(request: Request, carrier: object = request, connection?: Connection): HttpRequest {
  const known = (carrier as Converted)[converted] ?? (request as Converted)[converted]
  return ((carrier as Converted)[converted] = known ?? conversionOf(request, connection))
}

/**
 * Tells what the host knows of the connection, and returns the request. Call it before the first step. It is needed for
 * `mtls` with the certificate of the connection, and for `mtls.certificate.trusted` if that reads the address of the proxy.
 *
 * ```ts
 * import { protect, verifyJwt, withConnection } from '@bearerkit/fetch'
 * import type { IncomingMessage } from 'node:http'
 *
 * const authenticate = verifyJwt({ issuer: 'https://issuer.example.com', audience: 'https://api.example.com', mtls: true })
 * const api = protect(authenticate, (request) => Response.json(request.auth.claims))
 *
 * // As the Node server of Hono calls it
 * export const handle = (request: Request, { incoming }: { incoming: IncomingMessage }) =>
 *   api(withConnection(request, incoming))
 * ```
 */
export function withConnection<T extends Request>(request: T, connection: Connection): T {
  ;(request as Converted)[converted] = conversionOf(request, connection)
  return request
}

/** For hosts that give only the path if the header `Host` is missing or malformed. */
const unknownOrigin = 'http://unknown.invalid'

/** @param connection default: only what the `Request` says */
function conversionOf(request: Request, connection: Connection = {}): HttpRequest {
  const { protocol, host, pathname, search } = new URL(request.url, unknownOrigin)
  const headers: Record<string, string | string[]> = { host, ...Object.fromEntries(request.headers) }
  const { rawHeaders, socket = { encrypted: protocol === 'https:' } as HttpRequest['socket'] } = connection
  if (rawHeaders === undefined) separateAuthorization(headers)
  return { method: request.method, url: `${pathname}${search}`, headers, rawHeaders, socket }
}

/** A comma before what looks like another scheme with credentials. Neither a token nor the `Digest` scheme has one. */
const anotherLine = /, *(?=[\w-]+ )/

/** `Headers` joins the lines of a header with commas. Two credentials must not look like one (RFC 6750 §2). */
function separateAuthorization(headers: Record<string, string | string[]>): void {
  const lines = String(headers['authorization'] ?? '').split(anotherLine)
  if (lines.length > 1) headers['authorization'] = lines
}

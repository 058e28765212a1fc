import { answerWithin, isThenable } from '../../callback.ts'
import { text } from '../../configuration/options.ts'
import {
  absent,
  type AcceptedSchemes,
  bearerAlone,
  type Credentials,
  headerCredentials,
  malformed,
  repeated,
} from './credentials.ts'
import { isForm } from '../form/media-type.ts'
import { isToken68 } from '../../http-token.ts'
import type { Found, HttpRequest, TokenSource } from '../../http-message.ts'

/** Reads the token from the `Authorization` header, for a list with other sources. On its own, it is the default. */
export function authorizationHeader(): TokenSource {
  return fromHeader
}

/** Registered globally, so that another copy of this package recognizes the source. */
const namesTheHeader = Symbol.for('bearerkit.authorizationHeader')

/** Only marks that the header is a source. {@link headerCredentials} reads the header because it knows its syntax. */
const fromHeader: TokenSource = Object.assign(() => undefined, { [namesTheHeader]: true })

/**
 * Reads the token from a cookie. An empty cookie counts as no credentials. Browsers send cookies automatically, so
 * requests need protection against cross-site request forgery (CSRF).
 *
 * @param name the cookie's name, compared exactly
 * @throws ConfigurationError if the name is empty
 */
export function cookie(name: string): TokenSource {
  const start = `${text(name, 'cookie: `name`')}=`
  return ({ headers }) => {
    const header = headers['cookie']
    if (typeof header !== 'string') return undefined
    const pairs = header.split(';').map((pair) => pair.trim())
    return pairs.filter((pair) => pair.startsWith(start)).map((pair) => unquoted(pair.slice(start.length)))
  }
}

/**
 * Reads the token from a WebSocket sub-protocol (RFC 6455 §4.1), because browsers cannot send an `Authorization` header with
 * a WebSocket handshake. The client offers it beside a protocol of the application:
 * `new WebSocket(url, ['chat', 'bearer.' + token])`. A token with `/` or `=` is no legal sub-protocol; a JWT has neither.
 *
 * @param prefix what precedes the token. Default `'bearer.'`
 * @throws ConfigurationError if the prefix is empty
 */
export function webSocketProtocol(prefix = 'bearer.'): TokenSource {
  const start = text(prefix, 'webSocketProtocol: `prefix`')
  return ({ headers }) => {
    const offered = [headers['sec-websocket-protocol'] ?? []].flat().flatMap((line) => line.split(','))
    const protocols = offered.map((protocol) => protocol.trim())
    return protocols.filter((protocol) => protocol.startsWith(start)).map((protocol) => protocol.slice(start.length))
  }
}

/** RFC 6265 §4.1.1: a cookie value may be quoted. */
function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}

/**
 * Reads the token from the form parameter `access_token` of an urlencoded request that is not a GET (RFC 6750 §2.2). An
 * empty parameter counts as no credentials. The body must be parsed before `verifyJwt` runs.
 */
export function formBody(): TokenSource {
  return ({ method, headers }, body) => {
    if (method === 'GET' || method === 'HEAD' || !isForm(headers['content-type'])) return undefined
    if (typeof body !== 'object' || body === null) return undefined
    const token: unknown = Object.hasOwn(body, 'access_token')
      ? (body as Record<string, unknown>)['access_token']
      : undefined
    return token as string | string[] | undefined
  }
}

/** The deadline for all token sources of a request together, in milliseconds. */
const longestSearch = 5000

/**
 * Reads the token from a request. Without sources, only the `Authorization` header is read.
 * The result is a promise only if a source throws or returns one.
 * The promise rejects with the error of a source, or if the sources take longer than 5 seconds.
 */
export function credentialsOf(
  request: HttpRequest,
  sources: readonly TokenSource[] | undefined,
  body: unknown,
  accepted: AcceptedSchemes = bearerAlone,
): Credentials | Promise<Credentials> {
  const inHeader = headerCredentials(request, accepted)
  if (sources === undefined) return inHeader
  const answers = sources.map((source) => answerOf(source, request, body))
  if (!answers.some((answer) => answer instanceof Promise))
    return credentialsAmong(answers, inHeader, { sources, accepted })
  const search = answerWithin(longestSearch, Promise.all(answers.map(async (answer) => answer)))
  return search.then((found) => credentialsAmong(found, inHeader, { sources, accepted }))
}

/** Turns an error that a source throws into a rejection, so the promises of the other sources are still handled. */
function answerOf(source: TokenSource, request: HttpRequest, body: unknown): Found | Promise<Found> {
  try {
    const answer = source(request, body)
    return isThenable(answer) ? Promise.resolve(answer) : answer
  } catch (error) {
    return Promise.reject(error)
  }
}

function credentialsAmong(
  answers: readonly unknown[],
  inHeader: Credentials,
  { sources, accepted }: { readonly sources: readonly TokenSource[]; readonly accepted: AcceptedSchemes },
): Credentials {
  const found = answers.flat().filter((answer) => answer !== undefined && answer !== null && answer !== '')
  // RFC 6750 §2: a second token makes the request ambiguous, even if the header is not a configured source.
  if (found.length > 1 || (found.length === 1 && inHeader.kind !== 'absent')) return repeated
  const [token] = found
  if (token !== undefined)
    return typeof token === 'string' ? { kind: 'token', token, scheme: accepted.elsewhere } : malformed
  return sources.some((source) => namesTheHeader in source) ? inHeader : withoutToken(inHeader)
}

/**
 * The `Authorization` header is not a configured token source. A well-formed token in it is ignored; a malformed header
 * is still refused.
 */
function withoutToken(inHeader: Credentials): Credentials {
  if (inHeader.kind !== 'token') return inHeader
  return isToken68(inHeader.token) ? absent : malformed
}

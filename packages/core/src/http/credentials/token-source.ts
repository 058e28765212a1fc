import { answerWithin, isThenable } from '../../callback.ts'
import { text } from '../../configuration/options.ts'
import {
  absent,
  type Credentials,
  headerCredentials,
  isToken68,
  malformed,
  repeated,
  type SchemeSyntax,
} from './credentials.ts'
import { bearer } from './scheme.ts'
import type { Found, HttpRequest, TokenSource } from '../../http-message.ts'

/** The `Authorization` header, beside other sources. It alone is the default. */
export function authorizationHeader(): TokenSource {
  return fromHeader
}

/** Registered, so that another copy of this package recognizes the source. */
const namesTheHeader = Symbol.for('bearerkit.authorizationHeader')

/** Only a name for the header, which has a syntax of its own: {@link headerCredentials} reads it. */
const fromHeader: TokenSource = Object.assign(() => undefined, { [namesTheHeader]: true })

/**
 * A cookie. An empty one is no credentials. Browsers send cookies by themselves: with this source, requests need
 * protection against forgery (CSRF).
 *
 * @param name compared exactly
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

/** RFC 6265 §4.1.1: a cookie's value may stand in quotes. */
function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
}

/**
 * The form parameter `access_token`, in the body of an urlencoded request that is not a GET (RFC 6750 §2.2). An empty
 * one is no credentials. The body must have been parsed before the token is looked for.
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

function isForm(contentType: string | readonly string[] | undefined): boolean {
  const mediaType = String(contentType).split(';', 1)[0]
  return mediaType?.trim().toLowerCase() === 'application/x-www-form-urlencoded'
}

/** In milliseconds: how long a request waits for its token sources, all of them together. */
const longestSearch = 5000

/**
 * Reads the token out of a request. Without sources, only the `Authorization` header counts.
 * The result is a promise only where a source throws or answers with one.
 * It rejects with whatever a source throws, and when the sources take over 5 seconds.
 */
export function credentialsOf(
  request: HttpRequest,
  sources: readonly TokenSource[] | undefined,
  body: unknown,
  accepted?: readonly SchemeSyntax[],
): Credentials | Promise<Credentials> {
  const inHeader = headerCredentials(request, accepted)
  if (sources === undefined) return inHeader
  const answers = sources.map((source) => answerOf(source, request, body))
  if (!answers.some((answer) => answer instanceof Promise)) return credentialsAmong(answers, inHeader, sources)
  const search = answerWithin(longestSearch, Promise.all(answers.map(async (answer) => answer)))
  return search.then((found) => credentialsAmong(found, inHeader, sources))
}

/** A source that throws has answered with a rejection, so that no other source's promise is left unhandled. */
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
  sources: readonly TokenSource[],
): Credentials {
  const found = answers.flat().filter((answer) => answer !== undefined && answer !== null && answer !== '')
  // RFC 6750 §2: also when the header is no source, a second token makes the request ambiguous.
  if (found.length > 1 || (found.length === 1 && inHeader.kind !== 'absent')) return repeated
  const [token] = found
  if (token !== undefined) return typeof token === 'string' ? { kind: 'token', token, scheme: bearer } : malformed
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

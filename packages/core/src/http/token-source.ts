import { absent, type Credentials, headerCredentials, isBearerToken, malformed, repeated } from './credentials.ts'
import type { HttpRequest } from './request.ts'

/**
 * Finds the token in a request: none (undefined), one, or several where the request names several.
 * `body` is what the framework has parsed so far.
 */
export type TokenSource = (request: HttpRequest, body: unknown) => string | readonly string[] | undefined

/** The `Authorization` header, beside other sources. It alone is the default. */
export function authorizationHeader(): TokenSource {
  return fromHeader
}

/** The header has a syntax of its own, and is read by {@link headerCredentials}: this only names it. */
const fromHeader: TokenSource = () => undefined

/**
 * A cookie. Browsers send it by themselves: with this source, requests need protection against forgery (CSRF).
 *
 * @param name compared exactly
 */
export function cookie(name: string): TokenSource {
  return ({ headers }) => {
    const header = headers['cookie']
    if (typeof header !== 'string') return undefined
    const pairs = header.split(';').map((pair) => pair.trim())
    return pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1))
  }
}

/**
 * The form parameter `access_token`, in the body of an urlencoded request that is not a GET (RFC 6750 §2.2).
 * The body must have been parsed before the token is looked for.
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

/** Reads the token out of a request. Without sources, nothing but the `Authorization` header is looked at. */
export function credentialsOf(
  request: HttpRequest,
  sources: readonly TokenSource[] | undefined,
  body: unknown,
): Credentials {
  const inHeader = headerCredentials(request)
  if (sources === undefined) return inHeader
  const found = sources.flatMap((source) => source(request, body) ?? [])
  // RFC 6750 §2: also when the header is no source of ours, a second token makes the request ambiguous.
  if (found.length > 1 || (found.length === 1 && inHeader.kind !== 'absent')) return repeated
  const [token] = found as readonly unknown[]
  if (token !== undefined) return typeof token === 'string' ? { kind: 'bearer', token } : malformed
  return sources.includes(fromHeader) ? inHeader : withoutToken(inHeader)
}

/** What is left of a header that is no source: a good token in it is none, a malformed one makes a malformed request. */
function withoutToken(inHeader: Credentials): Credentials {
  if (inHeader.kind !== 'bearer') return inHeader
  return isBearerToken(inHeader.token) ? absent : malformed
}

/** The authority of an http URI: RFC 3986 §3.2, without user information and without escapes in the host. */
const authorityPattern = /^([\w.~-]+|\[[\dA-Fa-f:.]+\])(?::(\d{0,5}))?$/

/** RFC 9110 §4.2.1, §4.2.2. */
const defaultPorts: Readonly<Record<string, string>> = { http: '80', https: '443' }

/**
 * Normalizes an http or https URI by RFC 3986 §6.2.2 and §6.2.3, and drops query and fragment. Two URIs of the same
 * target become the same text. Not the WHATWG URL parser, which also accepts text that is no URI, such as one with
 * backslashes or line breaks.
 *
 * @returns undefined if the text is not an http URI, or has user information
 */
export function normalizedHttpUri(text: string): string | undefined {
  const parts = /^(https?):\/\/([^/?#]*)([^?#]*)/i.exec(text)
  if (parts === null) return undefined
  const [, scheme = '', authority = '', path = ''] = parts
  return targetOf(normalizedOrigin(scheme, authority), normalizedPath(path))
}

/** Joins an origin and a path that were normalized. */
export function targetOf(origin: string | undefined, path: string | undefined): string | undefined {
  return origin === undefined || path === undefined ? undefined : `${origin}${path}`
}

/**
 * Normalizes the scheme and the authority of an http URI: case, and the default port.
 *
 * @returns undefined if the authority is not a host with an optional port
 */
export function normalizedOrigin(scheme: string, authority: string): string | undefined {
  const [, host, port = ''] = authorityPattern.exec(authority) ?? []
  if (host === undefined || Number(port) > 65_535) return undefined
  const [lowerScheme, number] = [scheme.toLowerCase(), port === '' ? '' : String(Number(port))]
  const shownPort = number === '' || number === defaultPorts[lowerScheme] ? '' : `:${number}`
  return `${lowerScheme}://${host.toLowerCase()}${shownPort}`
}

/** A path without escapes that needs no change. */
const plainPath = /^\/[\w.~!$&'()*+,;=:@/-]*$/

/**
 * Normalizes a path: percent-encoding, dot segments, empty path. Characters that must be escaped in a path are escaped.
 *
 * @returns undefined if it does not begin with a slash, or has an incomplete escape or a character beyond ASCII
 */
export function normalizedPath(path: string): string | undefined {
  if (path === '') return '/'
  if (plainPath.test(path) && !path.includes('/.')) return path
  // oxlint-disable-next-line no-control-regex -- control characters are among those that must not pass
  if (!path.startsWith('/') || /%(?![\dA-Fa-f]{2})|[^\x21-\x7e]/.test(path)) return undefined
  return withoutDotSegments(path.replace(/%(..)|[^\w.~!$&'()*+,;=:@/-]/g, canonicalEscape))
}

const unreserved = /[A-Za-z0-9._~-]/

/** RFC 3986 §6.2.2.1, §6.2.2.2: unreserved characters are not escaped, and other escapes are in upper case. */
function canonicalEscape(text: string, digits: string | undefined): string {
  const octet = digits === undefined ? text.charCodeAt(0) : Number.parseInt(digits, 16)
  const character = String.fromCharCode(octet)
  return unreserved.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
}

/** RFC 3986 §5.2.4. */
function withoutDotSegments(path: string): string {
  const kept: string[] = []
  const segments = path.split('/').slice(1)
  for (const [index, segment] of segments.entries()) {
    const isDots = segment === '.' || segment === '..'
    if (segment === '..') kept.pop()
    if (!isDots) kept.push(segment)
    // A path that ends in dots names a folder, so the slash before them stays.
    else if (index === segments.length - 1) kept.push('')
  }
  return `/${kept.join('/')}`
}

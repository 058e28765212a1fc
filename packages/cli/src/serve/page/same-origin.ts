import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** Returns the `Host` of a request without the port, or undefined if there is not exactly one. */
function hostnameOf({ headers, rawHeaders }: IncomingMessage): string | undefined {
  const lines = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length
  const url = `http://${headers.host}`
  const isHost = lines === 1 && /^[\w.:[\]-]+$/.test(headers.host ?? '') && URL.canParse(url)
  return isHost ? new URL(url).hostname : undefined
}

/**
 * Returns true if the request names this server in a way that the owner of a domain cannot arrange. Somebody who lets a
 * domain resolve to 127.0.0.1 (DNS rebinding) makes a browser believe that the page is part of that domain. The browser
 * still sends the domain as `Host`.
 *
 * @param origin the origin of the issuer, whose name is accepted too
 */
export function namesThisServer(request: IncomingMessage, origin: string): boolean {
  const hostname = hostnameOf(request)
  if (hostname === undefined) return false
  // An address is not resolved, so it cannot be rebound. RFC 6761 §6.3 reserves `localhost`.
  const isAddress = isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0
  return isAddress || hostname === 'localhost' || hostname === new URL(origin).hostname
}

/**
 * Returns true unless a page of another origin sent the request. Browsers tell in `Sec-Fetch-Site` (Fetch Metadata), older
 * ones in `Origin` with each POST. Programs other than browsers send neither.
 */
export function isFromOwnPage({ headers }: IncomingMessage): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers
  return (site === undefined || site === 'same-origin') && (origin === undefined || origin === `http://${host}`)
}

/** True for a media type that a page of another origin can send only after a preflight, which is never allowed here. */
export function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')
}

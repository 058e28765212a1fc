import { type Reader, refuse, text, texts } from './options.ts'

/** Reads an absolute URL, and keeps its spelling. */
export function absoluteUrl(value: unknown, option: string): string {
  const url = text(value, option)
  if (!URL.canParse(url)) throw refuse(option, 'is not an absolute URL')
  return url
}

/** Reads an absolute URL that may be asked for keys: see {@link isProtected}. */
export function protectedUrl(value: unknown, option: string): string {
  const url = absoluteUrl(value, option)
  if (!isProtected(new URL(url))) throw refuse(option, 'must be an https URL (plain http is for loopback addresses)')
  return url
}

/**
 * Keys are only as trustworthy as the way they came: https, or an address that does not leave this machine.
 * No user information: credentials in a URL end up in logs. RFC 8414 §2, RFC 9700 §2.6.
 */
export function isProtected(url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

/** Whether a hostname is on this machine for sure. Subdomains of `localhost` may still be looked up in DNS. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}

/**
 * Reads a list of hosts, each with its port unless that is the default one of the protocol, into the form of `URL.host`.
 */
export function hosts(protocol: 'http' | 'https'): Reader<readonly string[]> {
  return (value, option) => Object.freeze(texts(value, option).map((one) => hostIn(one, protocol, option)))
}

function hostIn(named: string, protocol: string, option: string): string {
  const url = URL.canParse(`${protocol}://${named}`) ? new URL(`${protocol}://${named}`) : undefined
  const isHostAlone = url?.href === `${protocol}://${url?.host}/` && /^(\[[\d.:a-f]+\]|[\w.-]+)$/.test(url.hostname)
  if (url === undefined || !isHostAlone)
    throw refuse(option, "must name hosts, such as 'keys.example.com' or 'keys.example.com:8443'")
  return url.host
}

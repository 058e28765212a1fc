import { type Given, type Reader, refuse, text, texts } from './options.ts'

/** The faults of a name that is compared character by character. The capture group is the invalid character. */
const faultsOfNames: readonly (readonly [pattern: RegExp, fault: string])[] = [
  [/^(\s)/, 'begins with white space'],
  [/(\s)$/, 'ends with white space'],
  [/(\p{Cc})/u, 'contains a control character'],
  [/:\/\/.*(\s)/, 'is a URL and contains white space'],
]

/** Reads a name that claims are compared with, such as an audience. Keeps its spelling: StringOrURI, RFC 7519 §2. */
export function identifier(value: unknown, option: string): string {
  const name = text(value, option)
  for (const [pattern, fault] of faultsOfNames) {
    const [, character] = pattern.exec(name) ?? []
    if (character !== undefined) throw refuse(option, `${fault}: ${visible(character)}`)
  }
  return name
}

/** Escapes a character as in JSON: a no-break space looks like a space, and a byte order mark is invisible. */
function visible(character: string): string {
  return JSON.stringify(character).replace(
    /[^\x20-\x7e]/,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * Reads an issuer identifier. A URL must not have a query or a fragment (RFC 8414 §2).
 *
 * @param isAsked tells from the other options whether metadata is fetched from the issuer. If not, any name is accepted
 */
export function issuerIdentifier(isAsked: (given: Given) => boolean): Reader<string> {
  return (value, option, given) => {
    const name = identifier(value, option)
    const [, delimiter = ''] = /^https?:[^?#]*([?#])/i.exec(name) ?? []
    if (delimiter !== '')
      throw refuse(option, `must not have ${partsOfUrl[delimiter]}: remove it, from the \`${delimiter}\` on`)
    return isAsked(given) ? protectedUrl(name, option, given) : name
  }
}

const partsOfUrl: Readonly<Record<string, string>> = { '?': 'a query', '#': 'a fragment' }

/** Reads an absolute URL and keeps its spelling. `URL` alone ignores surrounding white space and inner line breaks. */
export function absoluteUrl(value: unknown, option: string): string {
  const url = identifier(value, option)
  if (!URL.canParse(url)) throw refuse(option, 'is not an absolute URL')
  return url
}

/** Reads an absolute URL from which keys may be fetched: see {@link isProtected}. */
export function protectedUrl(value: unknown, option: string, given: Given = {}): string {
  const url = absoluteUrl(value, option)
  const { username, password } = new URL(url)
  if (username !== '' || password !== '') throw refuse(option, 'must not have user information (the part before `@`)')
  if (url.includes('#')) throw refuse(option, 'must not have a fragment: remove it, from the `#` on')
  if (!isProtected(new URL(url), insecureHostsIn(given)))
    throw refuse(option, 'must be an https URL (plain http is allowed only for loopback addresses and `insecureHosts`)')
  return url
}

/**
 * True for https URLs and for http URLs of loopback addresses and `insecureHosts` (RFC 8414 §2, RFC 9700 §2.6). False
 * if the URL has user information, because credentials in a URL end up in logs.
 *
 * @param insecureHosts the hosts for which the application gives up https
 */
export function isProtected(url: URL, insecureHosts: readonly string[] = []): boolean {
  if (url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && (isLoopback(url.hostname) || insecureHosts.includes(url.host))
}

/** Reads the hosts from which keys may be fetched over plain http. */
export const insecureHosts: Reader<readonly string[]> = hosts('http')

function insecureHostsIn({ insecureHosts: named }: Given): readonly string[] {
  return named === undefined ? [] : insecureHosts(named, 'option `insecureHosts`', {})
}

/** True if a hostname is certainly this machine. Excludes subdomains of `localhost`, which DNS may resolve. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}

/** Reads a list of hosts into the form of `URL.host`. A port is optional if it is the protocol's default. */
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

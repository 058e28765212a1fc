import { type Given, type Reader, refuse, text, texts } from './options.ts'

/** What is wrong with a name that is compared character by character. The group is the character at fault. */
const faultsOfNames: readonly (readonly [pattern: RegExp, fault: string])[] = [
  [/^(\s)/, 'begins with white space'],
  [/(\s)$/, 'ends with white space'],
  [/(\p{Cc})/u, 'contains a control character'],
  [/:\/\/.*(\s)/, 'is a URL and contains white space'],
]

/** Reads a name that tokens are held against, such as an audience, and keeps its spelling: RFC 7519 §2, StringOrURI. */
export function identifier(value: unknown, option: string): string {
  const name = text(value, option)
  for (const [pattern, fault] of faultsOfNames) {
    const [, character] = pattern.exec(name) ?? []
    if (character !== undefined) throw refuse(option, `${fault}: ${visible(character)}`)
  }
  return name
}

/** As in JSON, in ASCII: a no-break space cannot be told from a space, and a byte order mark cannot be seen. */
function visible(character: string): string {
  return JSON.stringify(character).replace(
    /[^\x20-\x7e]/,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * Reads the name of an issuer. RFC 8414 §2: a URL has neither query nor fragment.
 *
 * @param isAsked whether the issuer is asked for its metadata, by what else was given; otherwise any name will do
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

/** Reads an absolute URL, and keeps its spelling. `URL` would pass over white space around it, and over line breaks in it. */
export function absoluteUrl(value: unknown, option: string): string {
  const url = identifier(value, option)
  if (!URL.canParse(url)) throw refuse(option, 'is not an absolute URL')
  return url
}

/** Reads an absolute URL that may be asked for keys: see {@link isProtected}. */
export function protectedUrl(value: unknown, option: string, given: Given = {}): string {
  const url = absoluteUrl(value, option)
  const { username, password } = new URL(url)
  if (username !== '' || password !== '') throw refuse(option, 'must not have user information, which ends in an `@`')
  if (url.includes('#')) throw refuse(option, 'must not have a fragment: remove it, from the `#` on')
  if (!isProtected(new URL(url), insecureHostsIn(given)))
    throw refuse(option, 'must be an https URL (plain http is for loopback addresses and `insecureHosts`)')
  return url
}

/**
 * Keys are only as trustworthy as the way they came: https, or an address that does not leave this machine.
 * No user information: credentials in a URL end up in logs. RFC 8414 §2, RFC 9700 §2.6.
 *
 * @param insecureHosts the hosts for which the application gives up https
 */
export function isProtected(url: URL, insecureHosts: readonly string[] = []): boolean {
  if (url.username !== '' || url.password !== '') return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && (isLoopback(url.hostname) || insecureHosts.includes(url.host))
}

/** Reads the hosts that may be asked over plain http. */
export const insecureHosts: Reader<readonly string[]> = hosts('http')

function insecureHostsIn({ insecureHosts: named }: Given): readonly string[] {
  return named === undefined ? [] : insecureHosts(named, 'option `insecureHosts`', {})
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

import type { HttpRequest } from '../../http-message.ts'
import { httpToken } from '../../http-token.ts'

/** What gateways say of the request that the client sent to the first of them. */
export interface ForwardedTarget {
  readonly scheme?: string | undefined
  readonly authority?: string | undefined
  /** The part of the path that a gateway removed. */
  readonly prefix?: string | undefined
}

type Headers = HttpRequest['headers']

/**
 * Reads `Forwarded` (RFC 7239) and the older `X-Forwarded-*`. Of several values, the first counts: the gateway that the
 * client reached wrote it.
 *
 * @returns undefined if a header is malformed, or if the two kinds contradict each other. A gateway that writes only one
 *   kind passes on what the client wrote into the other.
 */
export function forwardedTarget(headers: Headers): ForwardedTarget | undefined {
  const standard = standardTarget(headers['forwarded'])
  const older = olderTarget(headers)
  if (standard === undefined || older === undefined) return undefined
  if (differ(standard.scheme, older.scheme) || differ(standard.authority, older.authority)) return undefined
  return {
    scheme: standard.scheme ?? older.scheme,
    authority: standard.authority ?? older.authority,
    prefix: older.prefix,
  }
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one.toLowerCase() !== other.toLowerCase()
}

/** One parameter of `Forwarded`, and the delimiter after it: RFC 7239 §4. */
const parameter = new RegExp(String.raw`[ \t]*(${httpToken})=(?:"((?:[^"\\]|\\.)*)"|([^\s";,]*))[ \t]*(;|,|$)`, 'y')

function standardTarget(header: Headers[string]): ForwardedTarget | undefined {
  if (header === undefined) return {}
  const parameters = typeof header === 'string' ? firstElement(header) : undefined
  return parameters && withScheme({ scheme: parameters.get('proto'), authority: parameters.get('host') })
}

/** Returns the parameters of the first element by lower-case name, or undefined if it is malformed. */
function firstElement(header: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>()
  parameter.lastIndex = 0
  for (let delimiter = ';'; delimiter === ';';) {
    const [, name, quoted, token = '', end = ''] = parameter.exec(header) ?? []
    // RFC 7239 §4: each parameter occurs once in an element.
    if (name === undefined || parameters.has(name.toLowerCase())) return undefined
    parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? token)
    delimiter = end
  }
  return parameters
}

function olderTarget(headers: Headers): ForwardedTarget | undefined {
  const [scheme, host, port, prefix] = ['proto', 'host', 'port', 'prefix'].map((name) => {
    return firstValue(headers[`x-forwarded-${name}`])
  })
  if (port !== undefined && !/^\d{1,5}$/.test(port)) return undefined
  if (prefix !== undefined && !prefix.startsWith('/')) return undefined
  const authority = host ?? (port === undefined ? undefined : firstValue(headers['host']))
  return withScheme({ scheme, authority: withPort(authority, port), prefix: prefix?.replace(/\/+$/, '') })
}

function withScheme(target: ForwardedTarget): ForwardedTarget | undefined {
  return target.scheme === undefined || /^https?$/i.test(target.scheme) ? target : undefined
}

function withPort(authority: string | undefined, port: string | undefined): string | undefined {
  const hasPort = authority === undefined || /:\d*$/.test(authority)
  return hasPort || port === undefined ? authority : `${authority}:${port}`
}

function firstValue(header: Headers[string]): string | undefined {
  const line = typeof header === 'string' ? header : header?.[0]
  const first = line?.split(',', 1)[0]?.trim()
  return first === '' ? undefined : first
}

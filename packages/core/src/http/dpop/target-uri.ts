import { normalizedHttpUri, normalizedOrigin, normalizedPath, targetOf } from '../../http-uri.ts'
import type { HttpRequest } from '../../http-message.ts'
import type { DpopSettings } from '../../jwt/binding/dpop-options.ts'
import { hasSeveralLines } from '../header-lines.ts'
import { forwardedTarget } from './forwarded.ts'

/** Where the URI of a request comes from. */
export type UriRules = Pick<DpopSettings, 'publicUrl' | 'trustForwarded'>

/**
 * Returns the target URI of a request (RFC 9110 §7.1) as its client sees it: normalized, without query and fragment.
 *
 * @returns undefined if the request does not say it, or contradicts itself
 */
export function targetUriOf(request: HttpRequest, { publicUrl, trustForwarded }: UriRules): string | undefined {
  const target = requestTarget(request)
  if (target === undefined) return undefined
  if (publicUrl !== undefined) return normalizedHttpUri(`${publicUrl}${target.path}`)
  const forwarded = trustForwarded ? forwardedTarget(request.headers) : {}
  const authority = forwarded?.authority ?? target.authority ?? hostOf(request)
  if (forwarded === undefined || authority === undefined) return undefined
  const origin = normalizedOrigin(forwarded.scheme ?? connectionScheme(request), authority)
  return targetOf(origin, normalizedPath(`${forwarded.prefix ?? ''}${target.path}`))
}

interface RequestTarget {
  /** Only in the absolute form. */
  readonly authority?: string | undefined
  /** Without the query. Begins with a slash. */
  readonly path: string
}

/** Reads the origin form or the absolute form of a request target: RFC 9112 §3.2.1, §3.2.2. */
function requestTarget({ originalUrl, url }: HttpRequest): RequestTarget | undefined {
  const sent = typeof originalUrl === 'string' ? originalUrl : url
  // A request target has no fragment (RFC 9112 §3.2).
  if (sent === undefined || sent.includes('#')) return undefined
  const [, authority, path = ''] = /^(?:https?:\/\/([^/?]*))?(\/[^?]*)?/i.exec(sent) ?? []
  if (authority === undefined) return path === '' ? undefined : { path }
  return { authority, path: path === '' ? '/' : path }
}

/**
 * Returns the host that the client asked: RFC 9110 §7.2, or RFC 9113 §8.3.1 for HTTP/2. Undefined if there are several.
 * Its syntax is not checked here.
 */
function hostOf(request: HttpRequest): string | undefined {
  const { host, ':authority': authority = host } = request.headers
  const isOne = typeof authority === 'string' && (host === undefined || host === authority)
  return isOne && !hasSeveralLines(request, 'host') ? authority : undefined
}

function connectionScheme({ socket }: HttpRequest): string {
  return (socket as { encrypted?: unknown } | undefined)?.encrypted === true ? 'https' : 'http'
}

import type { HeaderValues, HttpResponse } from '@bearerkit/core'

/** Converts an answer of core. */
export function responseOf({ status, headers, body }: HttpResponse): Response {
  // A `Response` with status 204 or 304 must have no body, not even an empty one.
  const response = new Response(body === '' ? null : body, { status, headers: headersOf(headers) })
  // Also for HEAD, where the host omits the body.
  if (body !== '' && !response.headers.has('Content-Length'))
    response.headers.set('Content-Length', String(new TextEncoder().encode(body).length))
  return response
}

/** Returns the response with those of the headers that it does not have yet. */
export function withHeaders(response: Response, headers: HeaderValues): Response {
  const missing = Object.entries(headers).filter(([name]) => !response.headers.has(name))
  // A response that switches protocols belongs to the host.
  if (missing.length === 0 || response.status === 101) return response
  // A copy, because the headers of `Response.redirect()` and of `fetch()` are immutable.
  const copy = new Response(response.body, response)
  for (const [name, value] of headersOf(Object.fromEntries(missing))) copy.headers.append(name, value)
  return copy
}

function headersOf(values: HeaderValues): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(values)) for (const line of [value].flat()) headers.append(name, line)
  return headers
}

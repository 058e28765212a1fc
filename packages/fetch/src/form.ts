import { type BodyLimits, type HttpRequest, isForm, readBody } from '@bearerkit/core'
import { httpRequestOf } from './http-request.ts'
import { RequestBody } from './request-body.ts'

/** Registered globally, so that two copies of this package share it. */
const parsedForm = Symbol.for('bearerkit.form')

interface Parsed {
  [parsedForm]?: object
}

/** A token may be 16 KiB long by default, and there are few other parameters. */
const limits: BodyLimits = { bytes: 65_536, time: 5000 }

/**
 * Parses an urlencoded body for `formBody()`. The request keeps its body for the handler. A body that is longer than 64 KiB,
 * or takes longer than 5 seconds, counts as absent.
 */
export async function parseFormOf(request: Request): Promise<void> {
  if (!isForm(request.headers.get('content-type') ?? undefined)) return
  const stream = unreadBodyOf(request)
  if (stream === undefined) return
  const body = await readBody(new RequestBody(request.clone().body ?? stream), limits)
  if (typeof body !== 'string') (request as Parsed)[parsedForm] = parametersIn(body.toString())
}

/** Returns the body as far as it is known: a form that was parsed, or an empty body, which some hosts hand on as none. */
export function bodyIn(request: Request): object | string | undefined {
  return formIn(request) ?? (request.body === null && !request.bodyUsed ? '' : undefined)
}

/** Returns the form that {@link parseFormOf} has parsed. */
export function formIn(request: Request): object | undefined {
  return (request as Parsed)[parsedForm]
}

/** Returns the request with its body, if nobody has read it yet, as core reads it. */
export function withBodyStream(request: Request): HttpRequest {
  const stream = unreadBodyOf(request)
  return stream === undefined ? httpRequestOf(request) : Object.assign(new RequestBody(stream), httpRequestOf(request))
}

function unreadBodyOf({ body, bodyUsed }: Request): ReadableStream<Uint8Array> | undefined {
  return body === null || bodyUsed ? undefined : body
}

/** A parameter that is repeated becomes an array. */
function parametersIn(content: string): object {
  const parameters = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(content)) {
    const values = parameters.get(name)
    if (values === undefined) parameters.set(name, [value])
    else values.push(value)
  }
  const entries = [...parameters].map(([name, values]) => [name, values.length === 1 ? values[0] : values] as const)
  return Object.assign(Object.create(null) as object, Object.fromEntries(entries))
}

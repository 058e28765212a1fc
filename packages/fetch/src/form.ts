import { parse } from 'node:querystring'
import { Readable } from 'node:stream'
import { type BodyLimits, type HttpRequest, isForm, readBody } from '@bearerkit/core'
import { httpRequestOf } from './http-request.ts'

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
  if (!isForm(request.headers.get('content-type') ?? undefined) || !hasBody(request)) return
  const stream = streamOf(request.clone())
  const body = await readBody(stream, limits)
  stream.destroy()
  if (typeof body !== 'string') (request as Parsed)[parsedForm] = parse(body.toString())
}

/** Returns the form that {@link parseFormOf} has parsed. */
export function formIn(request: Request): object | undefined {
  return (request as Parsed)[parsedForm]
}

/** Returns the request with its body, if nobody has read it yet, as a stream of Node. */
export function withBodyStream(request: Request): HttpRequest {
  return hasBody(request) ? Object.assign(streamOf(request), httpRequestOf(request)) : httpRequestOf(request)
}

function hasBody({ body, bodyUsed }: Request): boolean {
  return body !== null && !bodyUsed
}

/** A client may leave at any time. Without a listener, the error would end the process if the body is not read. */
function streamOf({ body }: Request): Readable {
  return Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]).on('error', () => undefined)
}

import { untilAborted } from '../../../deadline.ts'
import { Buffer } from '../../../platform.ts'

/** The part of the headers of a response that is used. */
export type ResponseHeaders = Pick<Headers, 'get'>

/** The parts of a response that are read. It comes from the platform's `fetch` or from another implementation. */
export interface FetchResponse {
  readonly status: number
  readonly headers: ResponseHeaders
  /** A web stream, a Node stream, or another async iterable. Without a body, `arrayBuffer` or `text` is called. */
  readonly body?: unknown
  arrayBuffer?(): Promise<ArrayBuffer>
  text?(): Promise<string>
}

export interface BodyLimits {
  readonly maxBytes: number
  readonly deadline: AbortSignal
}

/** The body is too long, or does not consist of bytes. */
export class UnreadableBodyError extends Error {}

/**
 * Reads a body as UTF-8. Counts while reading, because `Content-Length` may be wrong, and a decompressed body is longer
 * than it says. Every wait is raced against the deadline, because an injected `fetch` may ignore its signal.
 *
 * @throws UnreadableBodyError
 */
export async function readBody(response: FetchResponse, { maxBytes, deadline }: BodyLimits): Promise<string> {
  const tooLong = new UnreadableBodyError(`more than ${maxBytes} bytes`)
  const chunks = chunksOf(response)
  const read: Uint8Array[] = []
  try {
    // Checked before reading: a body without a stream can only be read whole.
    if (Number(response.headers.get('content-length')) > maxBytes) throw tooLong
    for (let bytes = 0; ;) {
      const { done, value } = await untilAborted(Promise.resolve(chunks.next()), deadline)
      if (done === true) return utf8.decode(Buffer.concat(read))
      if (!isBytes(value)) throw new UnreadableBodyError('the body is not made of bytes')
      read.push(value)
      // An empty chunk counts as one byte: endless empty chunks would never reach the limit, nor let a timer fire.
      bytes += Math.max(1, value.byteLength)
      if (bytes > maxBytes) throw tooLong
    }
  } catch (error) {
    void quietly(() => chunks.end())
    throw error
  }
}

/** Frees the connection of a response whose body is not read. */
export function letGo({ body }: FetchResponse): void {
  if (isWebStream(body)) void quietly(() => body.cancel())
  else if (isIterable(body)) void quietly(() => destroy(body))
}

/** Skips a byte order mark. */
const utf8 = new TextDecoder()

interface Chunks {
  next(): PromiseLike<{ readonly done?: boolean | undefined; readonly value?: unknown }>
  end(): unknown
}

function chunksOf(response: FetchResponse): Chunks {
  const { body } = response
  if (isWebStream(body)) return chunksOfWebStream(body)
  return chunksOfIterable(isIterable(body) ? body : wholeBodyOf(response))
}

function chunksOfWebStream(body: ReadableStream<unknown>): Chunks {
  const reader = body.getReader()
  return { next: () => reader.read(), end: () => reader.cancel() }
}

function chunksOfIterable(body: StreamOrIterable): Chunks {
  const iterator = body[Symbol.asyncIterator]()
  return {
    next: async () => {
      const { done, value } = await iterator.next()
      // A Node stream with an encoding yields strings.
      return { done, value: typeof value === 'string' ? Buffer.from(value) : value }
    },
    end: () => (body.destroy === undefined ? iterator.return?.() : destroy(body)),
  }
}

async function* wholeBodyOf(response: FetchResponse): AsyncGenerator {
  if (response.arrayBuffer !== undefined) yield new Uint8Array(await response.arrayBuffer())
  else if (response.text !== undefined) yield await response.text()
}

/** A Node stream, or an async iterable without stream methods. */
interface StreamOrIterable extends AsyncIterable<unknown> {
  on?(event: 'error', listener: () => void): unknown
  destroy?(): unknown
}

function destroy(body: StreamOrIterable): void {
  // node-fetch emits an error when its signal fires, even on a body that is no longer read.
  body.on?.('error', () => undefined)
  body.destroy?.()
}

function isWebStream(body: unknown): body is ReadableStream<unknown> {
  return typeof (body as { getReader?: unknown } | null | undefined)?.getReader === 'function'
}

function isIterable(body: unknown): body is StreamOrIterable {
  return typeof (body as Partial<StreamOrIterable> | null | undefined)?.[Symbol.asyncIterator] === 'function'
}

/** Does not use `instanceof`: in Jest, the platform's arrays come from another realm. */
function isBytes(chunk: unknown): chunk is Uint8Array {
  return ArrayBuffer.isView(chunk)
}

/** Callers do not wait for it: the body of an injected `fetch` may never finish cancelling. */
async function quietly(free: () => unknown): Promise<void> {
  try {
    await free()
  } catch {
    // A body that has failed has nothing to free.
  }
}

import { PassThrough, Readable } from 'node:stream'
import { type FetchedDocument, fetchDocument } from '../../../../src/keys/remote/fetching/bounded-fetch.ts'
import type { FetchResponse } from '../../../../src/keys/remote/fetching/response-body.ts'
import { settled } from '../../../support/fake-fetch.ts'
import { unhandledIn } from '../../../support/harmful-listeners.ts'

const url = 'https://x.example/jwks'
const maxBytes = 1000

function get(
  response: Partial<FetchResponse>,
  deadline: AbortSignal = new AbortController().signal,
): Promise<FetchedDocument> {
  const fetch = async (): Promise<FetchResponse> => ({ status: 200, headers: new Headers(), ...response })
  return fetchDocument(url, { fetch, headersFor: () => ({}), maxBytes, deadline })
}

const octets = (text: string): Uint8Array => new TextEncoder().encode(text)
const arrayBufferOf = (text: string): Promise<ArrayBuffer> => new Response(text).arrayBuffer()

async function* chunks(...parts: unknown[]): AsyncGenerator {
  yield* parts
}

/** A Node stream that starts a body and then stalls. */
function stalledStream(): PassThrough {
  const stream = new PassThrough()
  stream.write('{"keys":[')
  return stream
}

describe('reading a body', () => {
  it.each<[string, () => Partial<FetchResponse>]>([
    ['a Node stream of bytes', () => ({ body: Readable.from([octets('{"a":'), octets('1}')]) })],
    ['a Node stream of strings', () => ({ body: Readable.from(['{"a":', '1}']) })],
    ['a Node stream with an encoding', () => ({ body: Readable.from([Buffer.from('{"a":1}')]).setEncoding('utf8') })],
    ['an async iterable', () => ({ body: chunks(octets('{"a":'), octets('1}')) })],
    ['only arrayBuffer()', () => ({ arrayBuffer: () => arrayBufferOf('{"a":1}') })],
    ['only text()', () => ({ text: async () => '{"a":1}' })],
    ['text() and a null body', () => ({ body: null, text: async () => '{"a":1}' })],
    ['text() and a body that cannot be read', () => ({ body: {}, text: async () => '{"a":1}' })],
  ])('accepts %s', async (_, response) => {
    expect((await get(response())).document).toEqual({ a: 1 })
  })

  it('accepts a response without a body', async () => {
    expect((await get({})).document).toBeUndefined()
  })

  it('decodes a character that is split between chunks', async () => {
    const whole = octets('{"a":"é"}')
    expect((await get({ body: Readable.from([...whole].map((octet) => Uint8Array.of(octet))) })).document).toEqual({
      a: 'é',
    })
  })
})

describe('a body that is too long', () => {
  const long = 'a'.repeat(maxBytes + 1)

  it.each<[string, () => Partial<FetchResponse>]>([
    ['a Node stream', () => ({ body: Readable.from([octets(long)]) })],
    [
      'an endless Node stream',
      () => ({
        body: Readable.from(
          (function* () {
            for (;;) yield 'a'.repeat(100)
          })(),
        ),
      }),
    ],
    [
      'an endless iterable of empty chunks',
      () => ({
        body: (async function* () {
          for (;;) yield new Uint8Array()
        })(),
      }),
    ],
    ['only arrayBuffer()', () => ({ arrayBuffer: () => arrayBufferOf(long) })],
    ['only text()', () => ({ text: async () => long })],
    ['text() with fewer characters than bytes', () => ({ text: async () => 'é'.repeat(maxBytes) })],
  ])('is refused: %s', async (_, response) => {
    await expect(get(response())).rejects.toThrow(`${url}: more than ${maxBytes} bytes`)
  })

  it('is not read if Content-Length already says so', async () => {
    let reads = 0
    const headers = new Headers({ 'content-length': String(maxBytes + 1) })
    const text = async (): Promise<string> => String((reads += 1))
    await expect(get({ headers, text })).rejects.toThrow(`${url}: more than ${maxBytes} bytes`)
    expect(reads).toBe(0)
  })
})

describe('a body that cannot be read', () => {
  const never = <T>(): Promise<T> => new Promise(() => undefined)

  it.each<[string, () => Partial<FetchResponse>]>([
    ['a Node stream', () => ({ body: stalledStream() })],
    [
      'an iterable that never settles',
      () => ({ body: { [Symbol.asyncIterator]: () => ({ next: never, return: never }) } }),
    ],
    ['arrayBuffer()', () => ({ arrayBuffer: never })],
    ['text()', () => ({ text: never })],
  ])('is given up at the deadline: %s', async (_, response) => {
    await expect(get(response(), AbortSignal.timeout(30))).rejects.toThrow(/in time/)
  })

  it.each<[string, () => Partial<FetchResponse>]>([
    [
      'a Node stream that fails',
      () => ({
        body: new Readable({
          read() {
            this.destroy(new Error('reset'))
          },
        }),
      }),
    ],
    [
      'an iterable that throws',
      () => ({
        body: {
          [Symbol.asyncIterator]: () => {
            throw new Error('reset')
          },
        },
      }),
    ],
    ['text() that rejects', () => ({ text: () => Promise.reject(new Error('reset')) })],
    ['a body of numbers', () => ({ body: chunks(1, 2) })],
  ])('is an outage: %s', async (_, response) => {
    await expect(get(response())).rejects.toMatchObject({ code: 'key_source_unavailable' })
  })
})

describe('a Node stream that is no longer needed', () => {
  it.each<[string, number, () => AbortSignal | undefined]>([
    ['after an error status', 404, () => undefined],
    ['at the deadline', 200, () => AbortSignal.timeout(30)],
  ])('is destroyed %s, and may still fail afterwards', async (_, status, deadline) => {
    const body = stalledStream()
    const unhandled = await unhandledIn(async () => {
      await get({ status, body }, deadline()).catch(() => undefined)
      body.emit('error', new Error('aborted'))
    })
    expect(body.destroyed).toBe(true)
    expect(unhandled).toEqual([])
  })
})

it('cancels the body of a response that arrives after the deadline', async () => {
  const body = stalledStream()
  const deadline = new AbortController()
  let respond!: (response: FetchResponse) => void
  const fetch = (): Promise<FetchResponse> => {
    return new Promise((resolve) => {
      respond = resolve
    })
  }
  const fetched = fetchDocument(url, { fetch, headersFor: () => ({}), maxBytes, deadline: deadline.signal })
  deadline.abort(new Error('too late'))
  await expect(fetched).rejects.toThrow(/in time/)
  respond({ status: 200, headers: new Headers(), body })
  await settled()
  expect(body.destroyed).toBe(true)
})

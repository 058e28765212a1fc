import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { KeySourceUnavailableError } from '../../../../src/errors.ts'
import {
  type FetchedDocument,
  fetchDocument,
  type FetchLimits,
  platformFetch,
} from '../../../../src/keys/remote/fetching/bounded-fetch.ts'

const maxBytes = 256 * 1024
const never = new AbortController().signal

function get(url: string, limits: Partial<FetchLimits> = {}): Promise<FetchedDocument> {
  return fetchDocument(url, {
    fetch: platformFetch,
    headersFor: () => ({ 'user-agent': 'test/1' }),
    maxBytes,
    deadline: never,
    ...limits,
  })
}

/** A body that starts and then stalls. */
function stalled(onCancel: () => void = () => undefined): Response {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"keys":[')),
    cancel: onCancel,
  })
  return new Response(body)
}

describe('fetching a document over a real socket', () => {
  let server: Server
  let origin: string
  let answer: RequestListener
  const seen: { url: string | undefined; userAgent: string | undefined; accept: string | undefined }[] = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push({ url: request.url, userAgent: request.headers['user-agent'], accept: request.headers.accept })
      answer(request, response)
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  beforeEach(() => {
    seen.length = 0
  })

  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })

  it('returns the object, and sends `User-Agent` and `Accept`', async () => {
    answer = (_, response) => response.end('{"keys":[]}')
    expect(await get(`${origin}/jwks`)).toEqual({ status: 200, headers: expect.anything(), document: { keys: [] } })
    expect(seen).toEqual([{ url: '/jwks', userAgent: 'test/1', accept: expect.stringContaining('application/json') }])
  })

  it.each([301, 302, 303, 307, 308])('does not follow a redirect: %s', async (status) => {
    answer = (_, response) => response.writeHead(status, { location: '/other' }).end()
    expect(await get(`${origin}/jwks`)).toEqual({ status, headers: expect.anything(), document: undefined })
    expect(seen.map(({ url }) => url)).toEqual(['/jwks'])
  })

  it('stops reading a large body, even if its Content-Length is small', async () => {
    answer = (_, response) => response.end(JSON.stringify({ keys: [], padding: 'a'.repeat(maxBytes) }))
    await expect(get(origin)).rejects.toThrow(KeySourceUnavailableError)
  })

  it('stops reading a body that is small only before decompression', async () => {
    const body = gzipSync(JSON.stringify({ keys: [], padding: 'a'.repeat(20 * maxBytes) }))
    expect(body.length).toBeLessThan(maxBytes)
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
    await expect(get(origin)).rejects.toThrow(KeySourceUnavailableError)
  })

  it('stops reading an endless body', async () => {
    answer = (_, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'a')
      const pump = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', pump)
      }
      pump()
    }
    await expect(get(origin)).rejects.toThrow(/more than 262144 bytes/)
  })

  it('stops waiting for headers at the deadline', async () => {
    answer = () => undefined
    await expect(get(origin, { deadline: AbortSignal.timeout(40) })).rejects.toThrow(/in time/)
  })

  it('stops waiting for the rest of a body at the deadline', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': '100' }).write('{"keys":[')
    await expect(get(origin, { deadline: AbortSignal.timeout(100) })).rejects.toThrow(/in time/)
  })

  it('treats a broken connection as an outage', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"keys":[')
      setImmediate(() => response.destroy())
    }
    await expect(get(origin)).rejects.toThrow(KeySourceUnavailableError)
  })
})

describe('reading a document', () => {
  it.each<[string, string | Uint8Array, object | undefined]>([
    ['an object', '{"a":1}', { a: 1 }],
    ['an array', '[]', undefined],
    ['a string', '"a"', undefined],
    ['null', 'null', undefined],
    ['nothing', '', undefined],
    ['HTML', '<html></html>', undefined],
    ['half an object', '{"a":', undefined],
    ['an object after a byte order mark', '\uFEFF{"a":1}', { a: 1 }],
  ])('returns a document only if the body is an object: %s', async (_, body, document) => {
    expect(await get('https://x.example', { fetch: async () => new Response(body) })).toEqual({
      status: 200,
      headers: expect.anything(),
      document,
    })
  })

  it.each([201, 204, 206, 400, 401, 403, 404, 429, 500, 503])(
    'returns no document with the status %s',
    async (status) => {
      const response = new Response(status === 204 ? null : '{"a":1}', { status })
      expect(await get('https://x.example', { fetch: async () => response })).toEqual({
        status,
        headers: expect.anything(),
        document: undefined,
      })
    },
  )

  it('accepts a body of exactly the maximum size, but not a larger one', async () => {
    const body = JSON.stringify({ a: 'é' })
    const bytes = Buffer.byteLength(body)
    const fetch = async (): Promise<Response> => new Response(body)
    expect((await get('https://x.example', { fetch, maxBytes: bytes })).document).toEqual({ a: 'é' })
    await expect(get('https://x.example', { fetch, maxBytes: bytes - 1 })).rejects.toThrow(KeySourceUnavailableError)
  })

  it('decodes a character that is split between chunks', async () => {
    const octets = new TextEncoder().encode('{"a":"é"}')
    const body = new ReadableStream({
      start(controller) {
        for (const octet of octets) controller.enqueue(Uint8Array.of(octet))
        controller.close()
      },
    })
    expect((await get('https://x.example', { fetch: async () => new Response(body) })).document).toEqual({ a: 'é' })
  })
})

describe('a fetch that fails', () => {
  it('is an outage and keeps the cause', async () => {
    const cause = new TypeError('fetch failed')
    const fetch = (): never => {
      throw cause
    }
    await expect(get('https://x.example', { fetch })).rejects.toMatchObject({
      name: 'KeySourceUnavailableError',
      code: 'key_source_unavailable',
      message: 'https://x.example: no answer',
      cause,
    })
  })

  it('ends at the deadline, even if the body ignores the signal', async () => {
    let cancelled = 0
    const fetch = async (): Promise<Response> => stalled(() => (cancelled += 1))
    await expect(get('https://x.example', { fetch, deadline: AbortSignal.timeout(20) })).rejects.toThrow(/in time/)
    expect(cancelled).toBe(1)
  })

  /** The body of an injected fetch: it has a reader, and ignores signals. */
  function foreignBody(read: () => unknown, cancel: () => unknown = () => undefined, status = 200): Response {
    const body = { getReader: () => ({ read, cancel }), cancel }
    return { status, headers: new Headers(), body } as unknown as Response
  }
  const neverSettles = (): Promise<never> => new Promise(() => undefined)
  const empty = async (): Promise<object> => ({ done: false, value: new Uint8Array() })

  it.each<[string, Response, RegExp]>([
    ['whose body never yields a chunk', foreignBody(neverSettles), /in time/],
    ['whose body can neither be read nor cancelled', foreignBody(neverSettles, neverSettles), /in time/],
    ['whose body yields empty chunks without end', foreignBody(empty), /more than 262144 bytes/],
    ['whose body never ends and cannot be cancelled', foreignBody(empty, neverSettles), /more than 262144 bytes/],
    ['whose body consists of strings', foreignBody(async () => ({ done: false, value: 'text' })), /not made of bytes/],
  ])('does not hang on an injected fetch %s', async (_, response, message) => {
    const asking = get('https://x.example', { fetch: async () => response, deadline: AbortSignal.timeout(20) })
    await expect(asking).rejects.toThrow(message)
  })

  it.each<[string, () => unknown]>([
    ['never finishes cancelling', neverSettles],
    ['fails to cancel', () => Promise.reject(new Error('locked'))],
    [
      'throws when it is cancelled',
      () => {
        throw new TypeError('not a function')
      },
    ],
  ])('does not wait for an unread body that %s', async (_, cancel) => {
    const fetch = async (): Promise<Response> => foreignBody(neverSettles, cancel, 404)
    expect(await get('https://x.example', { fetch })).toMatchObject({ status: 404, document: undefined })
  })

  it('accepts any thenable from an injected fetch', async () => {
    const answer = { then: (resolve: (response: Response) => void) => resolve(new Response('{"a":1}')) }
    const fetch = (() => answer) as unknown as FetchLimits['fetch']
    expect(await get('https://x.example', { fetch })).toMatchObject({ document: { a: 1 } })
  })

  it('cancels a body that is too large', async () => {
    let cancelled = 0
    const fetch = async (): Promise<Response> => stalled(() => (cancelled += 1))
    await expect(get('https://x.example', { fetch, maxBytes: 4 })).rejects.toThrow(/more than 4 bytes/)
    expect(cancelled).toBe(1)
  })

  it('passes `redirect: manual` and the deadline to the fetch', async () => {
    const inits: RequestInit[] = []
    const fetch = async (_: string, init: RequestInit): Promise<Response> => {
      inits.push(init)
      return new Response('{}')
    }
    await get('https://x.example', { fetch })
    expect(inits).toEqual([expect.objectContaining({ redirect: 'manual', signal: never })])
  })

  it('ends at the deadline, even if the fetch ignores the signal', async () => {
    const fetch = (): Promise<Response> => new Promise(() => undefined)
    await expect(get('https://x.example', { fetch, deadline: AbortSignal.timeout(20) })).rejects.toThrow(/in time/)
  }, 2000)

  it('does not start after the deadline', async () => {
    let requests = 0
    const fetch = async (): Promise<Response> => {
      requests += 1
      return new Response('{}')
    }
    await expect(get('https://x.example', { fetch, deadline: AbortSignal.abort() })).rejects.toThrow(/in time/)
    expect(requests).toBe(0)
  })

  it('names the requested URL in the message, not the URL of the response', async () => {
    const fetch = async (): Promise<Response> => new Response('{"a":1}')
    await expect(get('https://x.example/jwks', { fetch, maxBytes: 4 })).rejects.toThrow(
      'https://x.example/jwks: more than 4 bytes',
    )
  })
})

describe('a request', () => {
  const sent = async (limits: Partial<FetchLimits>, conditions?: Record<string, string>): Promise<Headers> => {
    const inits: RequestInit[] = []
    const fetch = async (_: string, init: RequestInit): Promise<Response> => {
      inits.push(init)
      return new Response('{}', { headers: { etag: '"a"' } })
    }
    await fetchDocument(
      'https://x.example',
      { fetch, headersFor: () => ({}), maxBytes, deadline: never, ...limits },
      conditions ?? {},
    )
    return new Headers(inits[0]?.headers)
  }

  it('carries the given headers and conditions', async () => {
    const headers = await sent({ headersFor: () => ({ 'x-api-key': 'k' }) }, { 'if-none-match': '"a"' })
    expect([headers.get('x-api-key'), headers.get('if-none-match')]).toEqual(['k', '"a"'])
  })

  it('carries a given header instead of its default', async () => {
    const headersFor = (): Record<string, string> => ({ accept: 'application/jwk-set+json' })
    expect((await sent({ headersFor })).get('accept')).toBe('application/jwk-set+json')
  })

  it('accepts any media type, for servers that have no better one', async () => {
    expect((await sent({})).get('accept')).toBe('application/json, application/jwk-set+json, */*;q=0.1')
  })

  it('returns the headers of the response', async () => {
    const fetch = async (): Promise<Response> => new Response('{}', { headers: { etag: '"a"' } })
    expect((await get('https://x.example', { fetch })).headers.get('etag')).toBe('"a"')
  })
})

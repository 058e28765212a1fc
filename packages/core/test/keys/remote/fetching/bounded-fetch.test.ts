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

/** A body that begins and does not go on. */
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

  it('brings the object, and says who asks for what', async () => {
    answer = (_, response) => response.end('{"keys":[]}')
    expect(await get(`${origin}/jwks`)).toEqual({ status: 200, headers: expect.anything(), document: { keys: [] } })
    expect(seen).toEqual([{ url: '/jwks', userAgent: 'test/1', accept: expect.stringContaining('application/json') }])
  })

  it.each([301, 302, 303, 307, 308])('follows no redirect: %s', async (status) => {
    answer = (_, response) => response.writeHead(status, { location: '/other' }).end()
    expect(await get(`${origin}/jwks`)).toEqual({ status, headers: expect.anything(), document: undefined })
    expect(seen.map(({ url }) => url)).toEqual(['/jwks'])
  })

  it('stops a large body, whatever length it claims', async () => {
    answer = (_, response) => response.end(JSON.stringify({ keys: [], padding: 'a'.repeat(maxBytes) }))
    await expect(get(origin)).rejects.toThrow(KeySourceUnavailableError)
  })

  it('stops a body that is small only while it is compressed', async () => {
    const body = gzipSync(JSON.stringify({ keys: [], padding: 'a'.repeat(20 * maxBytes) }))
    expect(body.length).toBeLessThan(maxBytes)
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
    await expect(get(origin)).rejects.toThrow(KeySourceUnavailableError)
  })

  it('stops a body without end', async () => {
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

  it('ends a wait for headers at the deadline', async () => {
    answer = () => undefined
    await expect(get(origin, { deadline: AbortSignal.timeout(40) })).rejects.toThrow(/in time/)
  })

  it('ends a wait for the rest of a body at the deadline', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': '100' }).write('{"keys":[')
    await expect(get(origin, { deadline: AbortSignal.timeout(100) })).rejects.toThrow(/in time/)
  })

  it('takes a connection that breaks off for an outage', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"keys":[')
      setImmediate(() => response.destroy())
    }
    await expect(get(origin)).rejects.toThrow(KeySourceUnavailableError)
  })
})

describe('a document', () => {
  it.each<[string, string | Uint8Array, object | undefined]>([
    ['an object', '{"a":1}', { a: 1 }],
    ['an array', '[]', undefined],
    ['a string', '"a"', undefined],
    ['null', 'null', undefined],
    ['nothing', '', undefined],
    ['HTML', '<html></html>', undefined],
    ['half an object', '{"a":', undefined],
    ['an object behind a byte order mark', '\uFEFF{"a":1}', { a: 1 }],
  ])('is there only where the body is an object: %s', async (_, body, document) => {
    expect(await get('https://x.example', { fetch: async () => new Response(body) })).toEqual({
      status: 200,
      headers: expect.anything(),
      document,
    })
  })

  it.each([201, 204, 206, 400, 401, 403, 404, 429, 500, 503])('is not there with the status %s', async (status) => {
    const response = new Response(status === 204 ? null : '{"a":1}', { status })
    expect(await get('https://x.example', { fetch: async () => response })).toEqual({
      status,
      headers: expect.anything(),
      document: undefined,
    })
  })

  it('may be as large as the limit, and no larger', async () => {
    const body = JSON.stringify({ a: 'é' })
    const bytes = Buffer.byteLength(body)
    const fetch = async (): Promise<Response> => new Response(body)
    expect((await get('https://x.example', { fetch, maxBytes: bytes })).document).toEqual({ a: 'é' })
    await expect(get('https://x.example', { fetch, maxBytes: bytes - 1 })).rejects.toThrow(KeySourceUnavailableError)
  })

  it('comes together from chunks that part a character', async () => {
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

describe('what goes wrong on the way', () => {
  it('is an outage, with the cause kept', async () => {
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

  it('ends at the deadline, even where the body does not heed the signal', async () => {
    let cancelled = 0
    const fetch = async (): Promise<Response> => stalled(() => (cancelled += 1))
    await expect(get('https://x.example', { fetch, deadline: AbortSignal.timeout(20) })).rejects.toThrow(/in time/)
    expect(cancelled).toBe(1)
  })

  /** A body of an injected fetch: it has a reader, and heeds nothing else. */
  function foreignBody(read: () => unknown, cancel: () => unknown = () => undefined, status = 200): Response {
    const body = { getReader: () => ({ read, cancel }), cancel }
    return { status, headers: new Headers(), body } as unknown as Response
  }
  const neverSettles = (): Promise<never> => new Promise(() => undefined)
  const empty = async (): Promise<object> => ({ done: false, value: new Uint8Array() })

  it.each<[string, Response, RegExp]>([
    ['whose body never brings anything', foreignBody(neverSettles), /in time/],
    ['whose body can neither be read nor cancelled', foreignBody(neverSettles, neverSettles), /in time/],
    ['whose body never ends, though it brings nothing', foreignBody(empty), /more than 262144 bytes/],
    ['whose body never ends and does not cancel', foreignBody(empty, neverSettles), /more than 262144 bytes/],
    ['whose body is made of text', foreignBody(async () => ({ done: false, value: 'text' })), /not made of bytes/],
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
  ])('does not wait for a body that nobody reads and that %s', async (_, cancel) => {
    const fetch = async (): Promise<Response> => foreignBody(neverSettles, cancel, 404)
    expect(await get('https://x.example', { fetch })).toMatchObject({ status: 404, document: undefined })
  })

  it('takes what an injected fetch answers through any thenable', async () => {
    const answer = { then: (resolve: (response: Response) => void) => resolve(new Response('{"a":1}')) }
    const fetch = (() => answer) as unknown as FetchLimits['fetch']
    expect(await get('https://x.example', { fetch })).toMatchObject({ document: { a: 1 } })
  })

  it('lets go of a body that is too large', async () => {
    let cancelled = 0
    const fetch = async (): Promise<Response> => stalled(() => (cancelled += 1))
    await expect(get('https://x.example', { fetch, maxBytes: 4 })).rejects.toThrow(/more than 4 bytes/)
    expect(cancelled).toBe(1)
  })

  it('asks by hand for redirects, and hands on the deadline', async () => {
    const inits: RequestInit[] = []
    const fetch = async (_: string, init: RequestInit): Promise<Response> => {
      inits.push(init)
      return new Response('{}')
    }
    await get('https://x.example', { fetch })
    expect(inits).toEqual([expect.objectContaining({ redirect: 'manual', signal: never })])
  })

  it('ends at the deadline, even where the fetch itself does not heed the signal', async () => {
    const fetch = (): Promise<Response> => new Promise(() => undefined)
    await expect(get('https://x.example', { fetch, deadline: AbortSignal.timeout(20) })).rejects.toThrow(/in time/)
  }, 2000)

  it('is not begun after the deadline', async () => {
    let requests = 0
    const fetch = async (): Promise<Response> => {
      requests += 1
      return new Response('{}')
    }
    await expect(get('https://x.example', { fetch, deadline: AbortSignal.abort() })).rejects.toThrow(/in time/)
    expect(requests).toBe(0)
  })

  it('names the document, whatever the response says of itself', async () => {
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

  it('carries the headers it was given, and its conditions', async () => {
    const headers = await sent({ headersFor: () => ({ 'x-api-key': 'k' }) }, { 'if-none-match': '"a"' })
    expect([headers.get('x-api-key'), headers.get('if-none-match')]).toEqual(['k', '"a"'])
  })

  it('carries a header that replaces one of its own', async () => {
    const headersFor = (): Record<string, string> => ({ accept: 'application/jwk-set+json' })
    expect((await sent({ headersFor })).get('accept')).toBe('application/jwk-set+json')
  })

  it('takes any type, for servers that know no better one', async () => {
    expect((await sent({})).get('accept')).toBe('application/json, application/jwk-set+json, */*;q=0.1')
  })

  it('brings back the headers of the answer', async () => {
    const fetch = async (): Promise<Response> => new Response('{}', { headers: { etag: '"a"' } })
    expect((await get('https://x.example', { fetch })).headers.get('etag')).toBe('"a"')
  })
})

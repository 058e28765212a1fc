import type { Fetch, FetchInit, FetchResponse, HttpResponse } from '@bearerkit/core'
import type { Answer, Exchange } from './exchange.ts'
import type { IssuerService } from './issuer-service.ts'

/** Returns a `fetch` that reaches the issuer without a socket, and nothing else. */
export function memoryFetch(origin: string, service: IssuerService): Fetch {
  return async (url, init) => {
    const target = new URL(url)
    if (target.origin !== origin) throw new TypeError(`${target.origin} is not the test issuer, which is in memory`)
    init.signal.throwIfAborted()
    return responseTo({ path: `${target.pathname}${target.search}`, init, service })
  }
}

interface MemoryRequest {
  readonly path: string
  readonly init: FetchInit
  readonly service: IssuerService
}

function responseTo({ path, init, service }: MemoryRequest): Promise<FetchResponse> {
  const { method = 'GET', headers, body = '', signal } = init
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    const exchange: Omit<Exchange, 'answer'> = {
      send: (answer) => resolve(whole(answer)),
      sendHalf: (answer) => resolve(half(answer, signal)),
      reset: () => reject(new TypeError('fetch failed', { cause: new Error('the test issuer is down') })),
      whenAbandoned: (listener) => signal.addEventListener('abort', listener, { once: true }),
    }
    const request = { method, url: path, headers: inLowerCase(headers) }
    service.handle({ request, body: async () => body, exchange }).catch(reject)
  })
}

function inLowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function whole({ status, headers, body }: Answer): FetchResponse {
  return { status, headers: headersOf(headers), body: octetsOf(body) }
}

async function* octetsOf(body: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield Buffer.from(body as string)
}

/** At least one octet is withheld, so a stalled answer never looks complete. */
function half({ status, headers, body }: HttpResponse, signal: AbortSignal): FetchResponse {
  const octets = Buffer.from(body)
  async function* stalling(): AsyncGenerator<Uint8Array> {
    yield octets.subarray(0, octets.length / 2)
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
  }
  return { status, headers: headersOf(headers), body: stalling() }
}

/** As the platform does: several values of a header are joined with commas. */
function headersOf(headers: HttpResponse['headers']): FetchResponse['headers'] {
  const fields = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat().join(', ')]),
  )
  return { get: (name) => fields.get(name.toLowerCase()) ?? null }
}

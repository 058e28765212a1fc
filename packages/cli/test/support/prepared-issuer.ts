import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Json = Readonly<Record<string, unknown>>

/** How an issuer differs from one that is in good health. */
export interface Preparation {
  /** Changes its metadata. The documents at both locations are the same by default. */
  readonly metadata?: (origin: string, path: string) => Json
  readonly keys?: readonly unknown[]
  /** The headers of the JWKS. `undefined` removes one. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Answers a request in another way. Returns false to answer as usual. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse, origin: string) => boolean
}

const metadataPaths = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']
const etag = '"keys-1"'

/** An issuer on a free port of the loopback interface. */
export class PreparedIssuer {
  readonly origin: string
  /** The paths that were asked for, and whether with a validator. */
  readonly requests: string[]
  readonly #server: Server

  private constructor(server: Server, requests: string[]) {
    this.#server = server
    this.requests = requests
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  static async start(keys: readonly unknown[], preparation: Preparation = {}): Promise<PreparedIssuer> {
    const requests: string[] = []
    const server = createServer((request, response) => {
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      requests.push(`${request.url}${request.headers['if-none-match'] === undefined ? '' : ' if changed'}`)
      if (preparation.answer?.(request, response, origin) !== true)
        respond(request, response, { keys, ...preparation, origin })
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    return new PreparedIssuer(server, requests)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function respond(
  { url = '', headers: sent }: IncomingMessage,
  response: ServerResponse,
  { origin, keys, metadata, headers }: Preparation & { readonly origin: string },
): void {
  response.setHeader('Content-Type', 'application/json')
  if (metadataPaths.includes(url)) {
    const usual = { issuer: origin, jwks_uri: `${origin}/jwks.json` }
    response.end(JSON.stringify({ ...usual, ...metadata?.(origin, url) }))
    return
  }
  if (url !== '/jwks.json') {
    response.writeHead(404).end()
    return
  }
  const fields = { ETag: etag, 'Cache-Control': 'max-age=300', ...headers }
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) response.setHeader(name, value)
  const isKnown = fields.ETag !== undefined && sent['if-none-match'] === fields.ETag
  if (isKnown) response.writeHead(304).end()
  else response.end(JSON.stringify({ keys }))
}

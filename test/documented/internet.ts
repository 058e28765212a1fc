import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands for all hosts: `https://issuer.example.com/x` is `/issuer.example.com/x` here. */
export interface Internet {
  readonly origin: string
  /** The headers of the last request for a URL. */
  headersOf(url: string): IncomingHttpHeaders | undefined
  close(): void
}

/** @param documents by URL; anything else is 404 */
export async function startInternet(documents: ReadonlyMap<string, unknown>): Promise<Internet> {
  const asked = new Map<string, IncomingHttpHeaders>()
  const server = createServer((request, response) => {
    const url = String(request.url).slice(1)
    asked.set(url, request.headers)
    const found = documents.get(url)
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(found ?? {}))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    headersOf: (url) => asked.get(withoutScheme(url)),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

export function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//, '')
}

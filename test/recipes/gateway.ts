import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A reverse proxy that removes a prefix from the path, and names the host of the client in `X-Forwarded-Host`. */
export interface Gateway {
  readonly origin: string
  close(): void
}

/** @param upstream the origin of the server behind it */
export async function startGateway(upstream: string, prefix: string): Promise<Gateway> {
  const gateway = createServer((incoming, outgoing) => {
    const path = String(incoming.url).replace(prefix, '')
    const headers = { 'x-forwarded-host': incoming.headers.host, ...incoming.headers, host: new URL(upstream).host }
    const forwarded = request(upstream + path, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  return {
    origin: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
    close() {
      gateway.closeAllConnections()
      gateway.close()
    },
  }
}

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { createContractServer, type ContractAppOptions, type RunningApp } from '@bearerkit/testing/contract'

type Handle = (request: Request, incoming: IncomingMessage, outgoing: ServerResponse) => Response | Promise<Response>

/** Starts a server of Node that hands each request to the handler as a `Request`. */
export async function startOnNode(options: Pick<ContractAppOptions, 'tls'>, handle: Handle): Promise<RunningApp> {
  const server = createContractServer(options, listenerFor(handle))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function listenerFor(handle: Handle): RequestListener {
  return (incoming, outgoing) => {
    answer(incoming, outgoing, handle).catch(() => {
      if (!outgoing.headersSent) outgoing.writeHead(500).end()
    })
  }
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, handle: Handle): Promise<void> {
  const response = await handle(requestFrom(incoming), incoming, outgoing)
  const body = await response.text()
  if (outgoing.headersSent || outgoing.destroyed) return
  for (const [name, value] of response.headers)
    outgoing.setHeader(name, name === 'www-authenticate' ? challengesIn(value) : value)
  outgoing.writeHead(response.status).end(body)
}

/** `Headers` joins the lines of a header. The contract compares lines. */
export function challengesIn(value: string): string[] {
  return value.split(/, (?=[A-Za-z]+ [A-Za-z_]+=)/)
}

function requestFrom(incoming: IncomingMessage): Request {
  const headers = new Headers()
  for (let index = 0; index < incoming.rawHeaders.length; index += 2)
    headers.append(String(incoming.rawHeaders[index]), String(incoming.rawHeaders[index + 1]))
  const { method = 'GET', url = '/' } = incoming
  const body = method === 'GET' || method === 'HEAD' ? null : (Readable.toWeb(incoming) as ReadableStream)
  return new Request(`http://localhost${url}`, { method, headers, body, duplex: 'half' })
}

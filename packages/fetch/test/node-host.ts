import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { createContractServer, type ContractAppOptions, type RunningApp } from '@bearerkit/testing/contract'

type Handle = (request: Request, incoming: IncomingMessage, outgoing: ServerResponse) => Response | Promise<Response>

/** Starts a server of Node that hands each request to the handler as a `Request`, or as that of another runtime. */
export async function startOnNode(
  options: Pick<ContractAppOptions, 'tls'>,
  handle: Handle,
  Requests: typeof Request = Request,
): Promise<RunningApp> {
  const server = createContractServer(options, listenerFor(handle, Requests))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function listenerFor(handle: Handle, Requests: typeof Request = Request): RequestListener {
  return (incoming, outgoing) => {
    const answering = async (): Promise<void> => {
      await send(await handle(requestFrom(incoming, Requests), incoming, outgoing), outgoing)
    }
    answering().catch(() => {
      if (!outgoing.headersSent) outgoing.writeHead(500).end()
    })
  }
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
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

function requestFrom(incoming: IncomingMessage, Requests: typeof Request): Request {
  const { headers } = new Requests('http://localhost')
  for (let index = 0; index < incoming.rawHeaders.length; index += 2)
    headers.append(String(incoming.rawHeaders[index]), String(incoming.rawHeaders[index + 1]))
  const { method = 'GET', url = '/' } = incoming
  const body = method === 'GET' || method === 'HEAD' ? null : (Readable.toWeb(incoming) as ReadableStream)
  return new Requests(`http://localhost${url}`, { method, headers, body, duplex: 'half' })
}

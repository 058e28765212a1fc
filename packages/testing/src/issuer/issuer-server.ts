import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIPv6, type Socket } from 'node:net'
import type { HttpResponse } from '@bearerkit/core'
import type { Answer, Exchange } from './exchange.ts'
import type { IssuerService } from './issuer-service.ts'

/** Where the server listens. */
export interface Listening {
  /** 0: a free port. */
  readonly port: number
  /** A name or an address. */
  readonly host: string
}

/**
 * A server for an issuer. It does not keep the process alive, so a test that forgets to close its issuer still ends.
 */
export class IssuerServer {
  readonly #server: Server = createServer()
  readonly #host: string
  readonly #connections = new Set<Socket>()
  /** The connections for paths that are not the issuer's. */
  readonly #otherwise = new WeakSet<Socket>()
  #closed: Promise<void> | undefined

  /**
   * Listens. The documents contain the port, so they are added later: see {@link IssuerServer.serve}.
   *
   * @throws Error of Node, with a `code` such as `EADDRINUSE`
   */
  static async listen({ port, host }: Listening): Promise<IssuerServer> {
    const server = new IssuerServer(host)
    server.#server.on('connection', (socket) => server.#keepTrackOf(socket))
    server.#server.listen(port, host)
    await once(server.#server, 'listening')
    server.#server.unref()
    return server
  }

  private constructor(host: string) {
    // Nobody can connect to the address that stands for all addresses.
    this.#host = loopbackFor[host] ?? host
  }

  get origin(): string {
    const host = isIPv6(this.#host) ? `[${this.#host}]` : this.#host
    return `http://${host}:${(this.#server.address() as AddressInfo).port}`
  }

  /** @param otherwise answers the requests that are not for a document. Undefined: they get 404 */
  serve(service: IssuerService, otherwise: RequestListener | undefined): void {
    this.#server.on('request', (request, response) => {
      if (otherwise !== undefined && !service.has(request.url ?? '')) {
        this.#otherwise.add(request.socket)
        return otherwise(request, response)
      }
      // A kept-alive connection can be cut between two requests, and the second would fail at random.
      response.shouldKeepAlive = false
      service
        .handle({ request, body: () => bodyOf(request), exchange: exchangeOver(request, response) })
        .catch((error: Error) => response.destroy(error))
    })
  }

  /**
   * Ends the open connections to the issuer. The server keeps its port, because another process could take the port
   * otherwise.
   */
  resetConnections(): void {
    for (const socket of this.#connections) if (!this.#otherwise.has(socket)) socket.destroy()
  }

  async close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
    await this.#closed
  }

  #keepTrackOf(socket: Socket): void {
    socket.unref()
    this.#connections.add(socket)
    socket.once('close', () => this.#connections.delete(socket))
  }
}

const loopbackFor: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

function exchangeOver({ socket }: IncomingMessage, response: ServerResponse): Omit<Exchange, 'answer'> {
  return {
    send: (answer) => send(response, answer),
    sendHalf: (answer) => sendHalf(response, answer),
    // Reset after the request arrived: Node's fetch keeps reconnecting if the connection is cut earlier.
    reset: () => void socket.resetAndDestroy(),
    whenAbandoned: (listener) => void response.once('close', listener),
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  // The client may have disconnected in the meantime.
  if (response.destroyed) return
  response.writeHead(status, headers).end(body)
}

function sendHalf(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  const octets = Buffer.from(body)
  // At least one octet is announced and withheld, so a stalled answer never looks complete.
  response.writeHead(status, { ...headers, 'Content-Length': Math.max(1, octets.length) })
  response.flushHeaders()
  response.write(octets.subarray(0, octets.length / 2))
}

/** In characters. Tokens are shorter. */
const maxBodyLength = 65_536

/** Returns the body of a request. A longer one ends the connection. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) {
    body += String(chunk)
    if (body.length > maxBodyLength) throw new RangeError('the body of the request is too long')
  }
  return body
}

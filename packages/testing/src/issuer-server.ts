import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DocumentName, IssuerDocuments } from './documents.ts'
import { type Exchange, send } from './exchange.ts'
import { type Fault, misbehave } from './fault.ts'
import { RequestLog } from './request-log.ts'

/**
 * A server on 127.0.0.1 that serves an issuer's documents, or fails on demand. It does not keep the process alive, so a
 * test that forgets to close its issuer still ends.
 */
export class IssuerServer {
  readonly requests: RequestLog = new RequestLog()
  readonly #server: Server = createServer()
  /** The fault of each document. The key undefined has the fault for all documents. */
  readonly #faults = new Map<DocumentName | undefined, Fault>()
  #closed: Promise<void> | undefined

  /** Listens on a free port. The documents contain the port, so they are added later: see {@link IssuerServer.serve}. */
  static async listen(): Promise<IssuerServer> {
    const server = new IssuerServer()
    server.#server.on('connection', (socket) => socket.unref())
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    server.#server.unref()
    return server
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  serve(documents: IssuerDocuments): void {
    this.#server.on('request', (request, response) => {
      this.#handle(documents, request, response).catch((error: Error) => response.destroy(error))
    })
  }

  /** Sets the fault of one document or of all. The fault of a document takes precedence. */
  fail(fault: Fault, only: DocumentName | undefined): void {
    this.#faults.set(only, fault)
    if (this.#isDown()) this.#server.closeAllConnections()
  }

  recover(): void {
    this.#faults.clear()
  }

  async close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
    await this.#closed
  }

  /** The server resets connections and keeps its port, because another process could take the port otherwise. */
  #isDown(): boolean {
    return this.#faults.get(undefined)?.kind === 'down'
  }

  async #handle(documents: IssuerDocuments, request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Reset after the request arrived: Node's fetch keeps reconnecting if the connection is cut earlier.
    if (this.#isDown()) return void request.socket.resetAndDestroy()
    const document = documents.nameOf(request.url ?? '')
    this.requests.record(document, request)
    // A kept-alive connection can be cut between two requests, and the second would fail at random.
    response.shouldKeepAlive = false
    const body = document === 'introspection' ? await bodyOf(request) : ''
    const exchange: Exchange = { response, answer: () => documents.respond(document, request, body) }
    const fault = this.#faults.get(document) ?? this.#faults.get(undefined) ?? documents.faultOf(document, body)
    if (fault !== undefined) return misbehave(fault, exchange)
    send(response, await exchange.answer())
  }
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

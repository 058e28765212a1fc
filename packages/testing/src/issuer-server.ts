import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DocumentName, IssuerDocuments } from './documents.ts'
import { type Exchange, send } from './exchange.ts'
import { type Fault, misbehave } from './fault.ts'
import { RequestLog } from './request-log.ts'

/**
 * A socket on 127.0.0.1 that serves an issuer's documents, or fails to. It does not keep the process alive: a test that
 * forgets to close its issuer ends all the same.
 */
export class IssuerServer {
  readonly requests: RequestLog = new RequestLog()
  readonly #server: Server = createServer()
  /** By the document it is limited to; under undefined, the one for all. */
  readonly #faults = new Map<DocumentName | undefined, Fault>()
  #closed: Promise<void> | undefined

  /** Takes a free port. What is served there is not known before the port is: see {@link IssuerServer.serve}. */
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

  /** One fault for each document, and one for all; that of the document goes first. */
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

  /** Connections are cut rather than the port given up: another process could take it meanwhile. */
  #isDown(): boolean {
    return this.#faults.get(undefined)?.kind === 'down'
  }

  async #handle(documents: IssuerDocuments, request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Reset once the request is there: a connection cut before it is only opened anew, again and again, by Node's fetch.
    if (this.#isDown()) return void request.socket.resetAndDestroy()
    const document = documents.nameOf(request.url ?? '')
    this.requests.record(document, request)
    // A connection kept alive can be cut between two requests, and the second would fail by chance.
    response.shouldKeepAlive = false
    const exchange: Exchange = { response, answer: () => documents.respond(document, request) }
    const fault = this.#faults.get(document) ?? this.#faults.get(undefined)
    if (fault !== undefined) return misbehave(fault, exchange)
    send(response, await exchange.answer())
  }
}

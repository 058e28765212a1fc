import type { Clock, HttpResponse } from '@bearerkit/core'
import type { DocumentName, IssuerDocuments } from './documents.ts'
import type { Exchange } from './exchange.ts'
import { type Fault, misbehave } from './fault.ts'
import { observed } from './outcome.ts'
import { type IssuerRequest, RequestLog } from './request-log.ts'

/** A request that has arrived. */
export interface Arrival {
  readonly request: IssuerRequest
  /** Reads its body. */
  readonly body: () => Promise<string>
  readonly exchange: Omit<Exchange, 'answer'>
}

/** Serves the documents of an issuer, or fails on demand. How requests arrive is a matter of others. */
export class IssuerService {
  readonly requests: RequestLog = new RequestLog()
  /** The fault of each document. The key undefined has the fault for all documents. */
  readonly #faults = new Map<DocumentName | undefined, Fault>()
  readonly #documents: IssuerDocuments
  readonly #clock: Clock

  constructor(documents: IssuerDocuments, clock: Clock) {
    this.#documents = documents
    this.#clock = clock
  }

  /** True while no connection is served. */
  get isDown(): boolean {
    return this.#faults.get(undefined)?.kind === 'down'
  }

  /** True if a document of the issuer has this path. */
  has(path: string): boolean {
    return this.#documents.nameOf(path) !== undefined
  }

  /** Sets the fault of one document or of all. The fault of a document takes precedence. */
  fail(fault: Fault, only: DocumentName | undefined): void {
    this.#faults.set(only, fault)
  }

  recover(): void {
    this.#faults.clear()
  }

  async handle({ request, body: readBody, exchange: sent }: Arrival): Promise<void> {
    const { ways, outcome } = observed(sent)
    this.requests.tell(request, outcome)
    if (this.isDown) return ways.reset()
    const document = this.#documents.nameOf(request.url ?? '')
    this.requests.record(document, request)
    const body = this.#documents.takesForm(document) ? await readBody() : ''
    const exchange = { ...ways, answer: () => this.#answer(document, request, body) }
    const fault = this.#faults.get(document) ?? this.#faults.get(undefined) ?? this.#documents.faultOf(document, body)
    if (fault !== undefined) return misbehave(fault, exchange)
    exchange.send(await exchange.answer())
  }

  /** RFC 9110 §6.6.1: `Date` is the time by the clock of the issuer, so that clients can compare it with theirs. */
  async #answer(document: DocumentName | undefined, request: IssuerRequest, body: string): Promise<HttpResponse> {
    const { headers, ...answer } = await this.#documents.respond(document, request, body)
    return { ...answer, headers: { Date: new Date(this.#clock.now()).toUTCString(), ...headers } }
  }
}

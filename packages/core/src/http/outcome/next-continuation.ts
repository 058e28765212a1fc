import type { AuthContext } from '../auth-context.ts'
import type { Continuation } from './continuation.ts'
import { type NodeResponse, sendAnswer, setPassingHeaders, setRefusalHeaders } from './node-response.ts'
import type { HeaderValues, HttpResponse } from '../../http-message.ts'

/** Passes the outcome to a framework with middleware of the form `(req, res, next)`, such as Connect. */
export class NextContinuation<Claims, Response = NodeResponse | undefined> implements Continuation<Claims> {
  readonly #response: Response
  readonly #next: (error?: unknown) => void
  readonly #request: object
  readonly #property: string | undefined
  readonly #nodeResponseOf: (response: Response) => NodeResponse | undefined

  /**
   * @param response read and written only if the request is refused, or passes with headers
   * @param property the property of the request that gets the auth context. Undefined for none.
   * @param nodeResponseOf returns Node's response, or an object in its place. Default: returns `response` itself.
   */
  constructor(
    response: Response,
    next: (error?: unknown) => void,
    request: object,
    property?: string,
    nodeResponseOf: (response: Response) => NodeResponse | undefined = itself,
  ) {
    this.#response = response
    this.#next = next
    this.#request = request
    this.#property = property
    this.#nodeResponseOf = nodeResponseOf
  }

  pass(auth: AuthContext<Claims> | undefined, headers?: HeaderValues): void {
    if (headers !== undefined) setPassingHeaders(this.#nodeResponseOf(this.#response), headers)
    if (this.#property !== undefined) (this.#request as Record<string, unknown>)[this.#property] = auth
    this.#next()
  }

  refuse(error: Error): void {
    setRefusalHeaders(this.#nodeResponseOf(this.#response), error)
    this.#next(error)
  }

  answer(answer: HttpResponse, error?: Error): void {
    const response = this.#nodeResponseOf(this.#response)
    // A stand-in, such as Socket.IO's `{}`, cannot send a response.
    if (response?.end === undefined) return this.#next(error)
    sendAnswer(response, answer)
  }
}

function itself(response: unknown): NodeResponse | undefined {
  return response as NodeResponse | undefined
}

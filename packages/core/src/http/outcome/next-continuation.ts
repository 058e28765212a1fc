import type { AuthContext } from '../auth-context.ts'
import type { Continuation } from './continuation.ts'
import { type NodeResponse, sendAnswer, setRefusalHeaders } from './node-response.ts'
import type { HttpResponse } from '../../http-message.ts'

/** Takes the outcome of a request to a host whose middleware gets a response and a `next`, such as Connect and its heirs. */
export class NextContinuation<Claims> implements Continuation<Claims> {
  readonly #response: () => NodeResponse | undefined
  readonly #next: (error?: unknown) => void
  readonly #request: object
  readonly #property: string | undefined

  /**
   * @param response is called for a request that is refused
   * @param property of the request, which gets the auth context; undefined for none
   */
  constructor(
    response: () => NodeResponse | undefined,
    next: (error?: unknown) => void,
    request: object,
    property?: string,
  ) {
    this.#response = response
    this.#next = next
    this.#request = request
    this.#property = property
  }

  pass(auth: AuthContext<Claims> | undefined): void {
    if (this.#property !== undefined) (this.#request as Record<string, unknown>)[this.#property] = auth
    this.#next()
  }

  refuse(error: Error): void {
    setRefusalHeaders(this.#response(), error)
    this.#next(error)
  }

  answer(answer: HttpResponse, error?: Error): void {
    const response = this.#response()
    // A stand-in for a response, such as Socket.IO's `{}`, cannot send.
    if (response?.end === undefined) return this.#next(error)
    sendAnswer(response, answer)
  }
}

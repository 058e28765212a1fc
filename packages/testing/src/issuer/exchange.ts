import type { HttpResponse } from '@bearerkit/core'

/** An answer whose body need not be text. */
export interface Answer extends Omit<HttpResponse, 'body'> {
  readonly body: string | Uint8Array
}

/** A request that awaits its answer, over a socket or in memory. At most one method that ends it is called. */
export interface Exchange {
  /** Returns the answer of the issuer without a fault. */
  readonly answer: () => Promise<HttpResponse>
  readonly send: (answer: Answer) => void
  /** Sends the headers and half of the body, and then nothing. */
  readonly sendHalf: (answer: HttpResponse) => void
  /** Ends the connection without an answer. */
  readonly reset: () => void
  /** Calls a function when the client no longer waits. */
  readonly whenAbandoned: (listener: () => void) => void
}

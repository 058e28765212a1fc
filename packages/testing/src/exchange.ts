import type { ServerResponse } from 'node:http'
import type { HttpResponse } from '@bearerkit/core'

/** One request on its way to an answer. */
export interface Exchange {
  readonly response: ServerResponse
  /** What the issuer says when all is well. */
  readonly answer: () => Promise<HttpResponse>
}

/** An answer whose body need not be text. */
export interface Answer extends Omit<HttpResponse, 'body'> {
  readonly body: string | Uint8Array
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  // The client may have given up while the answer was on its way.
  if (response.destroyed) return
  response.writeHead(status, headers).end(body)
}

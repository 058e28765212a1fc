import type { ServerResponse } from 'node:http'
import type { HttpResponse } from '@bearerkit/core'

/** A request that awaits its answer. */
export interface Exchange {
  readonly response: ServerResponse
  /** Returns the answer of the issuer without a fault. */
  readonly answer: () => Promise<HttpResponse>
}

/** An answer whose body need not be text. */
export interface Answer extends Omit<HttpResponse, 'body'> {
  readonly body: string | Uint8Array
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  // The client may have disconnected in the meantime.
  if (response.destroyed) return
  response.writeHead(status, headers).end(body)
}

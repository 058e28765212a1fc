import type { Request } from 'autocannon'

/**
 * Tokens dealt out to connections, so that no two send the same one at a time. Each goes on where it was: a server
 * meets a token again only when all others have been.
 */
export class TokenStripes {
  readonly #stripes: Request[][]

  constructor(tokens: readonly string[], connections: number) {
    this.#stripes = Array.from({ length: connections }, (_, stripe) =>
      tokens
        .filter((_token, index) => index % connections === stripe)
        .map((token) => ({ method: 'GET', path: '/', headers: { authorization: `Bearer ${token}` } })),
    )
  }

  /** The next ones that a connection is to send: all, or so many as it can send at most. */
  requestsOf(stripe: number, most: number): Request[] {
    return (this.#stripes[stripe] ?? []).slice(0, most)
  }

  /** So many requests were answered: the next load begins after them. */
  advance(requests: number): void {
    const each = Math.ceil(requests / this.#stripes.length)
    for (const stripe of this.#stripes) stripe.push(...stripe.splice(0, each % stripe.length))
  }
}

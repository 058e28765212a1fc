import type { Request } from 'autocannon'

/** Requests distributed over connections. */
export interface RequestStripes {
  /** The next requests of a connection: all of them, or `most` if there are more. */
  requestsOf(stripe: number, most: number): Request[]
  /** Records that `requests` were answered. */
  advance(requests: number): void
}

/**
 * Tokens distributed over connections, so that no two connections send the same one at a time. Each connection
 * continues where it stopped, so a server sees a token again only after all others.
 */
export class TokenStripes implements RequestStripes {
  readonly #stripes: Request[][]

  constructor(tokens: readonly string[], connections: number) {
    this.#stripes = Array.from({ length: connections }, (_, stripe) =>
      tokens
        .filter((_token, index) => index % connections === stripe)
        .map((token) => ({ method: 'GET', path: '/', headers: { authorization: `Bearer ${token}` } })),
    )
  }

  /** The next requests of a connection: all of them, or `most` if there are more. */
  requestsOf(stripe: number, most: number): Request[] {
    return (this.#stripes[stripe] ?? []).slice(0, most)
  }

  /** Records that `requests` were answered. The next load starts after them. */
  advance(requests: number): void {
    const each = Math.ceil(requests / this.#stripes.length)
    for (const stripe of this.#stripes) stripe.push(...stripe.splice(0, each % stripe.length))
  }
}

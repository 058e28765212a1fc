import type { Clock } from '@bearerkit/core'

/** Verifiers accept a token for some seconds after its `exp`. */
const leeway = 60
const firstSweep = 1000

interface Entry<Value> {
  readonly value: Value
  /** In seconds. */
  readonly exp: number
}

/** Remembers something about each token until it has expired, because a development issuer runs for weeks. */
export class UntilExpiry<Value> {
  readonly #entries = new Map<string, Entry<Value>>()
  readonly #clock: Clock
  readonly #max: number
  /** The size at which the expired ones are removed. It doubles, so that each token costs the same on average. */
  #nextSweep = firstSweep

  /** @param max the oldest is forgotten if there are more */
  constructor(clock: Clock, max: number) {
    this.#clock = clock
    this.#max = max
  }

  get size(): number {
    return this.#entries.size
  }

  get(token: string): Value | undefined {
    return this.#entries.get(token)?.value
  }

  /** @param exp of the token, in seconds */
  set(token: string, value: Value, exp: number): void {
    if (this.#entries.size >= this.#nextSweep) this.#sweep()
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined && this.#entries.size >= this.#max) this.#entries.delete(oldest)
    this.#entries.set(token, { value, exp })
  }

  delete(token: string): boolean {
    return this.#entries.delete(token)
  }

  #sweep(): void {
    const now = this.#clock.now() / 1000
    for (const [token, { exp }] of this.#entries) if (exp + leeway < now) this.#entries.delete(token)
    this.#nextSweep = Math.max(firstSweep, 2 * this.#entries.size)
  }
}

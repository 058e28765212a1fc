import { cacheTtl, requestTimeout } from '../deployment.ts'
import type { Change, Obstacle } from './change.ts'
import { KeyStates } from './key-states.ts'

/** In milliseconds. */
export interface DeliverySettings {
  /** Of the server. */
  readonly staleIfError: number
  readonly noticedWithin: number
}

/** What one server knows of the foreign issuer: the key sets that were delivered to it. */
export class DeliveredKeys {
  readonly #keys = new KeyStates()
  readonly #usableFor: number
  readonly #noticedWithin: number
  /** The times in which a set is usable. The last one is the present one. */
  #former: Period = { from: -Infinity, until: -Infinity }
  #present: Period = { from: -Infinity, until: -Infinity }

  /** @param noticedWithin how long the server may need to take up what it was sent. The machine may be busy */
  constructor({ staleIfError, noticedWithin }: DeliverySettings) {
    this.#usableFor = cacheTtl + staleIfError
    this.#noticedWithin = noticedWithin
  }

  /** Records a set that was delivered, or confirmed with a 304. */
  deliver(kids: ReadonlySet<string>, at: number): void {
    for (const kid of kids) this.#happened(this.#keys.of(kid).added, at)
    for (const [kid, { removed }] of this.#keys.entries()) if (!kids.has(kid)) this.#happened(removed, at)
    const next = { from: at, until: at + this.#usableFor }
    // Without a gap between them, they are one period.
    if (at < this.#present.until - requestTimeout) this.#present = { ...this.#present, until: next.until }
    else [this.#former, this.#present] = [this.#present, next]
  }

  /** The time of the last delivery. */
  get deliveredAt(): number {
    return this.#present.until - this.#usableFor
  }

  obstacles(kid: string): Obstacle[] {
    return [this.#keys.unknown(kid), this.#unavailable]
  }

  /**
   * No set, or one that is too old. Its age counts from the request for it, which was at most `requestTimeout` before the
   * delivery.
   */
  get #unavailable(): Obstacle {
    const [former, present, noticedWithin] = [this.#former, this.#present, this.#noticedWithin]
    return {
      title: 'token of an issuer that was down for too long',
      answer: '503 key_source_unavailable',
      mayCount: ({ sentAt, answeredAt }) =>
        answeredAt >= present.until - requestTimeout ||
        (sentAt < present.from + noticedWithin && answeredAt >= former.until - requestTimeout),
      mustCount: ({ sentAt, answeredAt }) =>
        sentAt >= present.until + noticedWithin ||
        (answeredAt < present.from && sentAt >= former.until + noticedWithin),
    }
  }

  #happened(change: Change, at: number): void {
    change.begin(at)
    change.complete(at + this.#noticedWithin)
  }
}

interface Period {
  readonly from: number
  readonly until: number
}

import { untilAborted } from '../deadline.ts'
import type { KeyStore } from '../stores/key-store.ts'

type EndWatch = (() => Promise<void>) | undefined

/** The subscription of a replica to the notifications of its store. */
export class StoreWatch {
  readonly #store: KeyStore
  readonly #changed: () => void
  readonly #closing = new AbortController()
  #watching: Promise<EndWatch> | undefined

  constructor(store: KeyStore, changed: () => void) {
    this.#store = store
    this.#changed = changed
  }

  /** Called after each successful read, because a watch cannot begin while the store is down. Begins once. */
  begin(): void {
    if (this.#closing.signal.aborted || this.#watching !== undefined || this.#store.watch === undefined) return
    this.#watching = this.#begin()
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the replica was closed'))
    await (await this.#watching)?.().catch(() => undefined)
  }

  /** `close` does not wait for it. */
  async #begin(): Promise<EndWatch> {
    const { signal } = this.#closing
    const beginning = (async () => this.#store.watch?.(() => this.#changed(), { signal }))()
    try {
      const end = await untilAborted(beginning, signal)
      // Nobody was notified of the changes since the last read.
      this.#changed()
      return end
    } catch {
      // The watch may still begin if the store ignores the signal.
      if (signal.aborted) beginning.then((end) => end?.()).catch(() => undefined)
      this.#watching = undefined
      return undefined
    }
  }
}

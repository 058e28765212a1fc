import { type Clock, elapsedSince, type Moment, momentOf } from '../clock.ts'
import { untilAborted, withStepDeadline } from '../deadline.ts'
import type { KeyStore, StoreContents, StoredRecord } from '../stores/key-store.ts'

export interface ReadAttemptSettings {
  readonly store: KeyStore
  /** The limit for each part of the read, in milliseconds. */
  readonly requestTimeout: number
  readonly clock: Clock
}

/** The limit for a whole read in parts, as a multiple of `requestTimeout`. */
const mostParts = 30

/** One read of a store, and whether the process was suspended during it. */
export class ReadAttempt {
  readonly #settings: ReadAttemptSettings
  readonly startedAt: Moment
  /** When the last part arrived. */
  #heardAt: Moment
  readonly #abandoned = new AbortController()
  #wasInterrupted = false

  constructor(settings: ReadAttemptSettings) {
    this.#settings = settings
    this.startedAt = momentOf(settings.clock)
    this.#heardAt = this.startedAt
  }

  /** True if it failed after a suspension. Its connection may be dead, so the failure does not mean that the store is down. */
  get wasInterrupted(): boolean {
    return this.#wasInterrupted
  }

  /**
   * @param since the revision from which to read the changes
   * @param takePart gets the parts of a read that continues
   */
  async contents(since: string | undefined, takePart: (part: readonly StoredRecord[]) => void): Promise<StoreContents> {
    const { store, requestTimeout, clock } = this.#settings
    try {
      const limits = [requestTimeout, mostParts * requestTimeout] as const
      return await withStepDeadline(...limits, this.#abandoned.signal, (signal, stepDone) => {
        const received = (part: readonly StoredRecord[]): void => {
          // Nobody waits for this read any longer, and another one may have begun.
          if (signal.aborted) return
          this.#heardAt = momentOf(clock)
          takePart(part)
          stepDone()
        }
        return untilAborted(store.read({ since, signal, received }), signal)
      })
    } catch (error) {
      this.#wasInterrupted = this.#isInterrupted
      throw error
    }
  }

  /** Ends the read if the process was suspended during it. Its timer may have stopped with the machine. */
  endIfInterrupted(): void {
    if (this.#isInterrupted) this.#abandoned.abort(new Error('the process was suspended during the read'))
  }

  /** While the process runs, the deadline ends each part of a read in `requestTimeout`. */
  get #isInterrupted(): boolean {
    const { requestTimeout, clock } = this.#settings
    return elapsedSince(this.#heardAt, clock) > 2 * requestTimeout
  }
}

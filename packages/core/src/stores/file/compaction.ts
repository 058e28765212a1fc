import type { Clock } from '../../clock.ts'
import type { Journal } from './journal.ts'
import type { RecordIndex } from './record-index.ts'

/** In milliseconds, so that consecutive writes share a snapshot. */
const delay = 500

/** Takes snapshots in the background after writes. Does not keep the process alive. */
export class Compaction {
  readonly #journal: Journal
  readonly #index: RecordIndex
  readonly #clock: Clock
  #isDue = false

  constructor(journal: Journal, index: RecordIndex, clock: Clock) {
    this.#journal = journal
    this.#index = index
    this.#clock = clock
  }

  /** Called after each write. */
  consider(): void {
    if (this.#isDue) return
    this.#isDue = true
    setTimeout(() => void this.#run(), delay).unref()
  }

  /** A failure has no effect: the next write tries again, and reports a full disk itself. */
  async #run(): Promise<void> {
    try {
      if (await this.#index.wantsSnapshot()) await this.#journal.compact(this.#clock.now())
    } catch {
      // See above.
    } finally {
      this.#isDue = false
    }
  }
}

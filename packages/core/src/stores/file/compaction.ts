import type { Clock } from '../../clock.ts'
import type { Journal } from './journal.ts'
import type { RecordIndex } from './record-index.ts'

/** Writes in a row share a snapshot, in milliseconds. */
const delay = 500

/** Takes a snapshot behind the writes, where it is time for one. It keeps no process alive. */
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

  /** To be called after each write. */
  consider(): void {
    if (this.#isDue) return
    this.#isDue = true
    setTimeout(() => void this.#run(), delay).unref()
  }

  /** A failure harms nobody: the next write tries again, and tells if the disk is full. */
  async #run(): Promise<void> {
    try {
      await this.#index.catchUp()
      if (this.#index.wantsSnapshot) await this.#compact()
    } catch {
      this.#index.snapshotFailed()
    } finally {
      this.#isDue = false
    }
  }

  async #compact(): Promise<void> {
    this.#index.snapshotBegins()
    await this.#journal.compact(this.#clock.now())
  }
}

import { elapsedSince, type Moment, momentOf } from '../../../clock.ts'
import type { StoredKeyChanges } from './stored-key-changes.ts'
import type { StoredKeySettings } from '../stored-key-options.ts'
import type { StoredKeys } from '../stored-keys.ts'
import { untidyIn } from './tidying.ts'

/** In milliseconds. */
const interval = 60_000

/** Cleans up the store about once a minute, after a read. Instances do it at different times to avoid duplicate work. */
export class Tidier {
  readonly #keys: StoredKeys
  readonly #changes: StoredKeyChanges
  readonly #settings: StoredKeySettings
  #last: Moment
  #pause: number

  constructor(keys: StoredKeys, changes: StoredKeyChanges, settings: StoredKeySettings) {
    this.#keys = keys
    this.#changes = changes
    this.#settings = settings
    this.#last = momentOf(settings.clock)
    this.#pause = this.#drawPause()
  }

  tidyInTime(): void {
    const { clock } = this.#settings
    if (elapsedSince(this.#last, clock) < this.#pause) return
    this.#last = momentOf(clock)
    this.#pause = this.#drawPause()
    // After a failure, the next run repeats it.
    this.#tidy().catch(() => undefined)
  }

  async #tidy(): Promise<void> {
    const { clock, clockSkew } = this.#settings
    const { overdue, needless } = untidyIn(this.#keys.families, clock, clockSkew)
    for (const { record, destroyedAt } of overdue) await this.#changes.bury(record, destroyedAt)
    for (const { stored } of needless)
      await this.#keys.replica.write({ id: stored.id, value: undefined, ifRevision: stored.revision })
  }

  #drawPause(): number {
    return interval * (0.5 + this.#settings.random())
  }
}

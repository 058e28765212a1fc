import type { Clock } from '../../../clock.ts'
import type { KeyIndex } from './key-index.ts'
import type { KeyVersion } from './key-version.ts'

/** What follows from the schedules of all versions, worked out once per change of a state, and not per token. */
export class KeyCalendar {
  readonly #clock: Clock
  readonly #keys: KeyIndex
  #nextChange: { readonly from: number; readonly at: number } | undefined
  /** Which key signs, by the name it is asked for. */
  readonly #signing = new Map<
    string | undefined,
    { readonly key: KeyVersion; readonly from: number; readonly until: number }
  >()

  constructor(keys: KeyIndex, clock: Clock) {
    this.#keys = keys
    this.#clock = clock
  }

  /** A schedule has changed. */
  clear(): void {
    this.#nextChange = undefined
    this.#signing.clear()
  }

  /** When, by what is scheduled now, the state of a key changes next. */
  nextChange(): number {
    const now = this.#clock.now()
    // Also when the clock was set back: then a change that had been is to come again.
    if (this.#nextChange === undefined || now < this.#nextChange.from || now >= this.#nextChange.at) {
      this.#nextChange = { from: now, at: earliest(this.#keys.values(), (key) => key.changesAfter(now)) }
    }
    return this.#nextChange.at
  }

  /** The active key that started last, of the candidates for a name. */
  newestSigning(name: string | undefined, candidates: () => Iterable<KeyVersion>): KeyVersion | undefined {
    const now = this.#clock.now()
    const known = this.#signing.get(name)
    if (known !== undefined && now >= known.from && now < known.until) return known.key
    const key = newestOf(candidates(), now)
    if (key !== undefined) this.#signing.set(name, { key, from: now, until: this.nextChange() })
    return key
  }
}

export function earliest(keys: Iterable<KeyVersion>, momentOf: (key: KeyVersion) => number): number {
  let moment = Number.POSITIVE_INFINITY
  for (const key of keys) moment = Math.min(moment, momentOf(key))
  return moment
}

function newestOf(keys: Iterable<KeyVersion>, now: number): KeyVersion | undefined {
  let newest: KeyVersion | undefined
  for (const key of keys) {
    if (key.maySign(now) && (newest === undefined || key.startsAt >= newest.startsAt)) newest = key
  }
  return newest
}

import type { SeededRandom } from './seeded-random.ts'

type Happening = () => void | Promise<void>

interface Entry {
  at: number
  readonly least: number
  readonly most: number
  readonly happening: Happening
}

/** What happens in a simulation at random intervals. Durations are in milliseconds. */
export class Agenda {
  readonly #now: () => number
  readonly #random: SeededRandom
  readonly #entries: Entry[] = []

  constructor(now: () => number, random: SeededRandom) {
    this.#now = now
    this.#random = random
  }

  every(least: number, most: number, happening: Happening): void {
    this.#entries.push({ at: this.#now() + this.#random.between(least, most), least, most, happening })
  }

  get nextAt(): number {
    return Math.min(...this.#entries.map(({ at }) => at))
  }

  /** Returns what is due, and draws when it is due again. */
  due(): Happening[] {
    const now = this.#now()
    const due = this.#entries.filter(({ at }) => at <= now)
    for (const entry of due) entry.at = now + this.#random.between(entry.least, entry.most)
    return due.map(({ happening }) => happening)
  }
}

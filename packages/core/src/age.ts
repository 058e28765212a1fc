import { type Clock, elapsedSince, type Moment, momentOf } from './clock.ts'

/** The time since the last success, by both clocks. Only a further success renews it. */
export class Age {
  readonly #clock: Clock
  #since: Moment | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param at the moment from which to count. What was read may be as old as the start of the read. */
  renew(at: Moment = momentOf(this.#clock)): void {
    this.#since = at
  }

  /** In milliseconds. Undefined before the first success. */
  get elapsed(): number | undefined {
    return this.#since && elapsedSince(this.#since, this.#clock)
  }

  /** Like comparing `elapsed`, but without allocating. False before the first success. */
  isBelow(milliseconds: number): boolean {
    const since = this.#since
    if (since === undefined || this.#clock.now() - since.wall >= milliseconds) return false
    return this.#clock.monotonic === undefined || this.#clock.monotonic() - since.monotonic < milliseconds
  }

  /** Like {@link isBelow}, by a wall clock that was just read. Reads the clocks only if the wall clock was set back. */
  isBelowAt(wall: number, milliseconds: number): boolean {
    const since = this.#since
    if (since === undefined) return false
    const age = wall - since.wall
    return age < 0 ? this.isBelow(milliseconds) : age < milliseconds
  }
}

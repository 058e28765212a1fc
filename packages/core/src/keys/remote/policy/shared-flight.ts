import { type Clock, elapsedSince, type Moment, momentOf, systemClock } from '../../../clock.ts'

/** The start of a fetch. */
export interface Departure<Kind> {
  readonly kind: Kind
  readonly startedAt: Moment
}

/** A fetch that is under way. */
export interface Flight<Kind, Result> extends Departure<Kind> {
  readonly landing: Promise<Result>
}

/** How late a timer may fire in a process that is busy but not suspended, in milliseconds. */
const longestDelay = 1000

/**
 * Runs one fetch at a time and shares it with all concurrent callers. A fetch past its deadline is no longer shared,
 * even if its timer has not fired yet: the process or the machine was suspended, and the connection is dead.
 */
export class SharedFlight<Kind, Result> {
  readonly #deadline: number
  readonly #fly: (departure: Departure<Kind>) => Promise<Result>
  readonly #clock: Clock
  #latest: Flight<Kind, Result> | undefined

  /**
   * @param deadline the deadline of a fetch, in milliseconds
   * @param clock for tests; the timers that end a fetch use the system clock
   */
  constructor(deadline: number, fly: (departure: Departure<Kind>) => Promise<Result>, clock: Clock = systemClock) {
    this.#deadline = deadline
    this.#fly = fly
    this.#clock = clock
  }

  /** The flight that may be shared. */
  get underWay(): Flight<Kind, Result> | undefined {
    const flight = this.#latest
    return flight !== undefined && elapsedSince(flight.startedAt, this.#clock) < this.#deadline ? flight : undefined
  }

  /** Returns true if the process was suspended during a completed flight: it took much longer than its deadline. */
  wasSuspended({ startedAt }: Departure<Kind>): boolean {
    return elapsedSince(startedAt, this.#clock) > this.#deadline + longestDelay
  }

  /** Shares the flight that is under way, of any kind, or starts one of this kind. */
  share(kind: Kind): Promise<Result> {
    return (this.underWay ?? this.#start(kind)).landing
  }

  #start(kind: Kind): Flight<Kind, Result> {
    const departure = { kind, startedAt: momentOf(this.#clock) }
    const landing = this.#fly(departure).finally(() => {
      if (this.#latest === flight) this.#latest = undefined
    })
    const flight = { ...departure, landing }
    this.#latest = flight
    return flight
  }
}

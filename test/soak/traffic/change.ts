/** The time between sending a request and having its answer, in milliseconds since the epoch. */
export interface Flight {
  readonly sentAt: number
  readonly answeredAt: number
}

/** A change that a server learns of at an unknown moment between two known ones. */
export class Change {
  #begins = Infinity
  #isComplete = Infinity

  /** @param at when it can first have an effect */
  begin(at: number): void {
    this.#begins = Math.min(this.#begins, at)
  }

  /** @param at when its effect is certain */
  complete(at: number): void {
    this.#isComplete = Math.min(this.#isComplete, at)
  }

  get hasBegun(): boolean {
    return this.#begins !== Infinity
  }

  /** Returns true if the server may have answered as after the change. */
  mayCount({ answeredAt }: Pick<Flight, 'answeredAt'>): boolean {
    return answeredAt >= this.#begins
  }

  /** Returns true if the server must have answered as after the change. */
  mustCount({ sentAt }: Pick<Flight, 'sentAt'>): boolean {
    return sentAt >= this.#isComplete
  }
}

/** A reason to refuse a request. */
export interface Obstacle {
  /** For the report. Default: the kind of the request. */
  readonly title?: string
  /** The status and the `reason`: `401 token_revoked`. */
  readonly answer: string
  readonly mayCount: (flight: Flight) => boolean
  readonly mustCount: (flight: Flight) => boolean
}

/** What is wrong with a request from the beginning. */
export function flaw(answer: string, title?: string): Obstacle {
  return { answer, mayCount: () => true, mustCount: () => true, ...(title !== undefined && { title }) }
}

export function obstacle(answer: string, title: string, change: Change): Obstacle {
  return {
    title,
    answer,
    mayCount: (flight) => change.mayCount(flight),
    mustCount: (flight) => change.mustCount(flight),
  }
}

export const passed = '200'

/** Whether a request must pass, must be refused, or is on its way from one to the other. */
export type Expected = 'passes' | 'in transition' | 'refused'

export interface Expectation {
  readonly expected: Expected
  /** What makes a refusal certain. */
  readonly certain: Obstacle | undefined
  /** The answers that are right. */
  readonly right: readonly string[]
}

/** A request that certainly has an obstacle must be refused. If there are several, the server may name any of them. */
export function expectationOf(obstacles: readonly Obstacle[], flight: Flight): Expectation {
  const certain = obstacles.find((one) => one.mustCount(flight))
  const reasons = new Set(obstacles.filter((one) => one.mayCount(flight)).map(({ answer }) => answer))
  if (certain !== undefined) return { expected: 'refused', certain, right: [...reasons] }
  return { expected: reasons.size === 0 ? 'passes' : 'in transition', certain, right: [passed, ...reasons] }
}

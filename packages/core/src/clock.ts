/** Where time comes from. Injected in tests; everywhere else it is the system's. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Milliseconds since any moment, never set back. Left out, `now` serves for it. */
  monotonic?(): number
}

/** `Date` and `performance` are looked up at every call, so that a test that replaces them turns this clock too. */
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

/** The clock in the unit of NumericDate (RFC 7519 §2): seconds since the epoch. */
export function secondsOf(clock: Clock): number {
  return clock.now() / 1000
}

/** A moment to measure from. */
export interface Moment {
  readonly wall: number
  readonly monotonic: number
}

export function momentOf(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic?.() ?? clock.now() }
}

/**
 * Milliseconds since a moment. The wall clock can be set back, and the other one stands still while a machine sleeps:
 * of the two the longer is believed, so that nothing counts as younger than it is.
 */
export function elapsedSince(moment: Moment, clock: Clock): number {
  const now = momentOf(clock)
  return Math.max(0, now.wall - moment.wall, now.monotonic - moment.monotonic)
}

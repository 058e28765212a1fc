/** The source of time. Tests inject one; otherwise it is the system clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Milliseconds since an arbitrary moment; never goes backwards. Default: `now`. */
  monotonic?(): number
}

/** Looks up `Date` and `performance` on every call, so fake timers of a test framework apply to this clock. */
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

/** Returns the time as a NumericDate (RFC 7519 §2): seconds since the epoch. */
export function secondsOf(clock: Clock): number {
  return clock.now() / 1000
}

/** A moment from which elapsed time is measured. */
export interface Moment {
  readonly wall: number
  readonly monotonic: number
}

export function momentOf(clock: Clock): Moment {
  return { wall: clock.now(), monotonic: clock.monotonic?.() ?? clock.now() }
}

/**
 * Returns the milliseconds since a moment. The wall clock can be set back, and the monotonic clock stops while the
 * machine sleeps. Using the longer of the two never underestimates an age.
 */
export function elapsedSince(moment: Moment, clock: Clock): number {
  const now = momentOf(clock)
  return Math.max(0, now.wall - moment.wall, now.monotonic - moment.monotonic)
}

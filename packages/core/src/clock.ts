/** Where time comes from. Injected in tests; everywhere else it is the system's. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

/** `Date` is looked up at every call, so that a test that replaces it turns this clock too. */
export const systemClock: Clock = { now: () => Date.now() }

/** The clock in the unit of NumericDate (RFC 7519 §2): seconds since the epoch. */
export function secondsOf(clock: Clock): number {
  return clock.now() / 1000
}

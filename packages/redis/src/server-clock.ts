/**
 * Estimates the server's time from its last answer. The estimate is never ahead of the server: it starts when the answer
 * arrives, and stops while the machine sleeps.
 */
export class ServerClock {
  #known: { readonly time: number; readonly at: number } | undefined

  /** @param time the server's time in its last answer, in milliseconds since the epoch */
  set(time: number): void {
    this.#known = { time, at: performance.now() }
  }

  /** Returns undefined before the first answer. */
  now(): number | undefined {
    return this.#known && this.#known.time + (performance.now() - this.#known.at)
  }
}

/**
 * Measures milliseconds by two clocks and returns the larger value: the wall clock can be set back, and the monotonic clock
 * stops while the machine sleeps.
 */
export function stopwatch(): () => number {
  const [wall, monotonic] = [Date.now(), performance.now()]
  return () => Math.max(Date.now() - wall, performance.now() - monotonic)
}

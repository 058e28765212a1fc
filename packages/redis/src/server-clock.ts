/**
 * The server's time, as far as it is known from its last answer. It is never ahead of the server: it counts from when the
 * answer came, and stands still while the machine sleeps.
 */
export class ServerClock {
  #known: { readonly time: number; readonly at: number } | undefined

  /** @param time in milliseconds since the epoch, as the server has just said */
  set(time: number): void {
    this.#known = { time, at: performance.now() }
  }

  /** Undefined before the first answer. */
  now(): number | undefined {
    return this.#known && this.#known.time + (performance.now() - this.#known.at)
  }
}

/** Milliseconds, by the clock that has moved further: one can be set back, the other stands still while a machine sleeps. */
export function stopwatch(): () => number {
  const [wall, monotonic] = [Date.now(), performance.now()]
  return () => Math.max(Date.now() - wall, performance.now() - monotonic)
}

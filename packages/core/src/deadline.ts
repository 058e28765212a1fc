/**
 * Runs something that ends in time, or when `signal` fires, whichever comes first. The timer is our own: a signal that
 * is made of others (`AbortSignal.any`) holds them so weakly that the one with the timer can be collected.
 *
 * @param milliseconds what a timer can wait for
 */
export async function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  run: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const deadline = new AbortController()
  // Referenced: somebody awaits the result, so the process must not end before the deadline settles it.
  const timer = setTimeout(() => deadline.abort(new Error('the deadline has passed')), Math.ceil(milliseconds))
  const end = (): void => deadline.abort(signal?.reason)
  signal?.addEventListener('abort', end, { once: true })
  try {
    return await run(deadline.signal)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

/** Waits no longer than until the signal fires; what is waited for goes on. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal === undefined ? promise : race(promise, signal)
}

async function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // Whoever gives up no longer cares how it ends.
  promise.catch(() => undefined)
  signal.throwIfAborted()
  let abort!: () => void
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error)
  })
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

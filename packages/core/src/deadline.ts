/**
 * Runs something that ends in time, or when `signal` fires, whichever comes first. Keeps the process alive meanwhile:
 * somebody awaits the result, so the process must not end before the deadline settles it.
 *
 * @param milliseconds what a timer can wait for
 */
export function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  run: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  return endingWith(new Deadline(milliseconds), signal, run)
}

/** The same for work that nobody may be waiting for: its timer does not keep the process alive. */
export function withBackgroundDeadline<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  run: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(milliseconds)
  deadline.timer.unref()
  return endingWith(deadline, signal, run)
}

/** The timer is our own: `AbortSignal.any` holds its sources so weakly that the one with the timer can be collected. */
class Deadline extends AbortController {
  readonly timer: NodeJS.Timeout

  constructor(milliseconds: number) {
    super()
    this.timer = setTimeout(() => this.abort(new Error('the deadline has passed')), Math.ceil(milliseconds))
  }
}

async function endingWith<T>(
  deadline: Deadline,
  signal: AbortSignal | undefined,
  run: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = (): void => deadline.abort(signal?.reason)
  try {
    signal?.throwIfAborted()
    signal?.addEventListener('abort', end, { once: true })
    return await run(deadline.signal)
  } finally {
    clearTimeout(deadline.timer)
    signal?.removeEventListener('abort', end)
  }
}

/** The longest that a timer can wait for, in milliseconds. */
const longestTimer = 2 ** 31 - 1

/**
 * Keeps the process alive until the promise settles. For a caller who waits for background work, whose own timers and
 * sockets may not: without this, Node ends the process in the middle of the wait, with exit code 13 or 0.
 */
export async function keepingProcessAlive<T>(promise: Promise<T>): Promise<T> {
  const handle = setInterval(() => undefined, longestTimer)
  try {
    return await promise
  } finally {
    clearInterval(handle)
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

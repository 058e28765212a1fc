import { withoutKeepingAlive } from './platform.ts'

/**
 * Runs an operation with a signal that aborts at the deadline or when `signal` aborts, whichever comes first. The timer
 * keeps the process alive, because a caller awaits the result.
 *
 * @param milliseconds up to 2^31 - 1
 */
export function withDeadline<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  run: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  return endingWith(new Deadline(milliseconds), signal, run)
}

/** Like {@link withDeadline}, for background work: the timer does not keep the process alive. */
export function withBackgroundDeadline<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  run: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(milliseconds)
  withoutKeepingAlive(deadline.timer)
  return endingWith(deadline, signal, run)
}

/**
 * Like {@link withBackgroundDeadline}, for work in steps that takes as long as there is to do. Each step may take
 * `step` milliseconds, and all of them together `longest`.
 *
 * @param run calls `stepDone` after each step
 */
export function withStepDeadline<T>(
  step: number,
  longest: number,
  signal: AbortSignal | undefined,
  run: (deadline: AbortSignal, stepDone: () => void) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(step)
  withoutKeepingAlive(deadline.timer)
  const latest = performance.now() + longest
  const stepDone = (): void => {
    if (performance.now() >= latest) deadline.pass()
    else if (!deadline.signal.aborted) deadline.timer.refresh()
  }
  return endingWith(deadline, signal, (ending) => run(ending, stepDone))
}

/** Has its own timer: `AbortSignal.any` holds its sources weakly, so `AbortSignal.timeout` could be collected. */
class Deadline extends AbortController {
  readonly timer: NodeJS.Timeout

  constructor(milliseconds: number) {
    super()
    this.timer = setTimeout(() => this.pass(), Math.ceil(milliseconds))
  }

  pass(): void {
    this.abort(new Error('the deadline has passed'))
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

/** The longest delay of a timer, in milliseconds. */
const longestTimer = 2 ** 31 - 1

/**
 * Keeps the process alive until the promise settles. For callers that await background work, whose timers and sockets
 * may be unreferenced. Without this, Node exits in the middle of the wait, with exit code 13 or 0.
 */
export async function keepingProcessAlive<T>(promise: Promise<T>): Promise<T> {
  const handle = setInterval(() => undefined, longestTimer)
  try {
    return await promise
  } finally {
    clearInterval(handle)
  }
}

/** Waits for a promise until the signal aborts. The operation behind the promise continues. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal === undefined ? promise : race(promise, signal)
}

async function race<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  // After an abort nobody handles the promise, and a late rejection would be unhandled.
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

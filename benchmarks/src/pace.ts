import { setImmediate } from 'node:timers/promises'

/** Receives the results, so that no call can be optimized away. */
export const sink: { last: unknown } = { last: undefined }

const callsPerLook = 256

/** Returns the calls per second of a synchronous function. */
export function paceOf(call: () => unknown, milliseconds: number): number {
  const start = performance.now()
  let calls = 0
  let elapsed = 0
  while (elapsed < milliseconds) {
    for (let i = 0; i < callsPerLook; i += 1) sink.last = call()
    calls += callsPerLook
    elapsed = performance.now() - start
  }
  return (calls / elapsed) * 1000
}

/**
 * Returns the calls per second of an asynchronous function, with `concurrency` calls at a time.
 *
 * @param now the clock that counts, in milliseconds
 */
export async function paceOfAsync(
  call: () => Promise<unknown>,
  milliseconds: number,
  concurrency: number,
  now: () => number = () => performance.now(),
): Promise<number> {
  const start = now()
  let calls = 0
  const worker = async (): Promise<void> => {
    while (now() - start < milliseconds) {
      sink.last = await call()
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return (calls / (now() - start)) * 1000
}

/** Calls a function with every item, with `concurrency` calls at a time. */
export async function forEachOf<T>(
  items: Iterable<T>,
  concurrency: number,
  call: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = items[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) sink.last = await call(next.value)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

const callsPerTurnOfTheLoop = 16

/**
 * Calls a function with every item, as if the items were incoming requests: the event loop turns between them, so that
 * timers and sockets are served. Calls that only wait for promises would block the loop.
 */
export async function forEachArriving<T>(items: Iterable<T>, call: (item: T) => Promise<unknown>): Promise<void> {
  let calls = 0
  await forEachOf(items, callsPerTurnOfTheLoop, async (item) => {
    sink.last = await call(item)
    calls += 1
    if (calls % callsPerTurnOfTheLoop === 0) await setImmediate()
  })
}

/** Repeats an array forever. */
export function inTurn<T>(items: readonly T[]): () => T {
  let next = 0
  return () => {
    const item = items[next] as T
    next = next + 1 === items.length ? 0 : next + 1
    return item
  }
}

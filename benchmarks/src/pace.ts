import { setImmediate } from 'node:timers/promises'

/** Where results go, so that no call can be optimized away. */
export const sink: { last: unknown } = { last: undefined }

const callsPerLook = 256

/** How often a call that answers at once can be made in a second. */
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

/** The same of a call that answers later, with so many under way at a time. */
export async function paceOfAsync(
  call: () => Promise<unknown>,
  milliseconds: number,
  concurrency: number,
): Promise<number> {
  const start = performance.now()
  let calls = 0
  const worker = async (): Promise<void> => {
    while (performance.now() - start < milliseconds) {
      sink.last = await call()
      calls += 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return (calls / (performance.now() - start)) * 1000
}

/** Hands every item to a call, with so many calls under way at a time. */
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
 * The same, as requests come in: between them the event loop turns, so that timers and sockets have their share. Calls
 * that never wait for anything but promises would keep it for themselves.
 */
export async function forEachArriving<T>(items: Iterable<T>, call: (item: T) => Promise<unknown>): Promise<void> {
  let calls = 0
  await forEachOf(items, callsPerTurnOfTheLoop, async (item) => {
    sink.last = await call(item)
    calls += 1
    if (calls % callsPerTurnOfTheLoop === 0) await setImmediate()
  })
}

/** Going round an array for ever. */
export function inTurn<T>(items: readonly T[]): () => T {
  let next = 0
  return () => {
    const item = items[next] as T
    next = next + 1 === items.length ? 0 : next + 1
    return item
  }
}

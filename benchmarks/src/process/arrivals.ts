import { setImmediate } from 'node:timers/promises'
import { sink } from '../pace.ts'
import { median } from '../statistics.ts'

/** Of calls that are made one at a time. */
export interface Arrivals {
  /** In microseconds. */
  readonly p50: number
  /** Per second of the time in calls. */
  readonly rate: number
}

/** Calls a function with every item, each in a turn of the event loop of its own, as requests arrive that are alone. */
export async function oneAtATime<T>(items: Iterable<T>, call: (item: T) => unknown): Promise<Arrivals> {
  const times: number[] = []
  let total = 0
  for (const item of items) {
    await setImmediate()
    const begin = performance.now()
    sink.last = await call(item)
    const time = performance.now() - begin
    times.push(time)
    total += time
  }
  return { p50: median(times) * 1000, rate: (times.length / total) * 1000 }
}

/** The medians of the samples of one contestant. */
export function mediansOf(samples: readonly Arrivals[]): Arrivals {
  return { p50: median(samples.map(({ p50 }) => p50)), rate: median(samples.map(({ rate }) => rate)) }
}

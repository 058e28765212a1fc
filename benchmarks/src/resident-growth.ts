import { type Figure, withinLimit } from './figure.ts'
import { forEachArriving } from './pace.ts'
import { residentMegabytes } from './resident-memory.ts'
import { countingTo } from './tokens.ts'

const megabytesAllowed = 20
/**
 * Calls until the code is compiled and the heap has reached its size. Only later growth counts. On Node 24 the young
 * generation grows by about 80 MB during the first 100,000 calls or so, while live memory does not grow.
 */
const warmUp = 150_000

/** Measures how much the process grows after `count` calls, which should leave nothing behind. */
export async function residentGrowth(
  what: string,
  count: number,
  call: () => Promise<unknown>,
  who = 'TokenVerifier',
): Promise<Figure> {
  await forEachArriving(countingTo(Math.min(warmUp, count / 2)), call)
  const before = await residentMegabytes()
  await forEachArriving(countingTo(count), call)
  const growth = Math.max(0, (await residentMegabytes()) - before)
  const name = `RSS growth after ${count.toLocaleString('en')} ${what}`
  return withinLimit(name, 'MB', { who, value: growth }, megabytesAllowed)
}

import { type Figure, withinLimit } from './figure.ts'
import { forEachArriving } from './pace.ts'
import { residentMegabytes } from './resident-memory.ts'
import { countingTo } from './tokens.ts'

const megabytesAllowed = 20
/**
 * Until the code is compiled and the heap has found its size: what comes after is growth. Node 24 lets the young
 * generation grow by some 80 MB under these calls, and takes about 100,000 of them to do so; what lives does not grow.
 */
const warmUp = 150_000

/** How much the process has grown by after so many calls, which are to leave nothing behind. */
export async function residentGrowth(what: string, count: number, call: () => Promise<unknown>): Promise<Figure> {
  await forEachArriving(countingTo(Math.min(warmUp, count / 2)), call)
  const before = await residentMegabytes()
  await forEachArriving(countingTo(count), call)
  const growth = Math.max(0, (await residentMegabytes()) - before)
  const name = `RSS growth after ${count.toLocaleString('en')} ${what}`
  return withinLimit(name, 'MB', { who: 'TokenVerifier', value: growth }, megabytesAllowed)
}

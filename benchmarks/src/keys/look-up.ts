import { LocalKeyProvider } from '@bearerkit/core'
import type { Outcome } from '../figure.ts'
import { lookUpTimes, type Stock } from '../look-up.ts'
import type { Scale } from '../scale.ts'

const alg = 'HS256'
const asked = 10

/** The time to find a key among 10 local ones and among 10,000. */
export async function measure(scale: Scale): Promise<Outcome> {
  const figure = await lookUpTimes(await stockOf(10), await stockOf(10_000), scale)
  return { figures: [figure], notMeasured: [] }
}

/** Both cases look up the same number of kids, so only the size of the provider differs. */
async function stockOf(count: number): Promise<Stock> {
  const keys = new LocalKeyProvider()
  const kids: string[] = []
  for (let made = 0; made < count; made += 1) {
    const { publishedKid } = await keys.createKey({ alg })
    if (made % (count / asked) === 0) kids.push(publishedKid)
  }
  return { name: `${count.toLocaleString('en')} local keys`, keys, alg, kids }
}

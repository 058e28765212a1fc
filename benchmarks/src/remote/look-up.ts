import { RemoteJwksKeyProvider } from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'
import { type Outcome, withinLimit } from '../figure.ts'
import { lookUpTimes, type Stock } from '../look-up.ts'
import type { Scale } from '../scale.ts'

const alg = 'ES256'
const nanosecondsAllowed = 1000

/** The time to find a known remote key among 1 and among 100. */
export async function measure(scale: Scale): Promise<Outcome> {
  const figure = await lookUpTimes(await stockOf(1), await stockOf(100), scale)
  const limit = withinLimit(figure.name, figure.unit, figure.subject, nanosecondsAllowed)
  return { figures: [figure, limit], notMeasured: [] }
}

async function stockOf(count: number): Promise<Stock> {
  await using issuer = await createTestIssuer({ alg })
  for (let made = 1; made < count; made += 1) await issuer.keys.createKey({ alg })
  const keys = new RemoteJwksKeyProvider({ jwksUrl: issuer.jwksUrl, cacheTtl: '1h' })
  await keys.ready()
  return { name: `${count} remote ${count === 1 ? 'key' : 'keys'}`, keys, alg, kids: ['test.1'] }
}

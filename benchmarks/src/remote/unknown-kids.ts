import { randomUUID } from 'node:crypto'
import { createTestIssuer } from '@bearerkit/testing'
import { type Outcome, withinLimit } from '../figure.ts'
import { forEachArriving } from '../pace.ts'
import { countingTo, junkToken } from '../tokens.ts'
import { warmVerifier } from '../warm-verifier.ts'

const kids = 50_000
/** The requests to the issuer that unknown kids may cause: a burst, and one more every ten seconds. */
const burst = 2
const refillSeconds = 10

/** The requests to the issuer while 50,000 tokens with random kids arrive. */
export async function measure(): Promise<Outcome> {
  await using issuer = await createTestIssuer()
  const verifier = await warmVerifier(issuer)
  const { issuer: iss, audience: aud } = issuer
  issuer.requests.reset()
  const start = performance.now()
  await forEachArriving(countingTo(kids), () =>
    verifier.verify(junkToken({ iss, aud, kid: randomUUID() })).catch(() => undefined),
  )
  const seconds = (performance.now() - start) / 1000
  const figure = withinLimit(
    'upstream requests during 50,000 random kids',
    'requests',
    { who: 'TokenVerifier', value: issuer.requests.total },
    burst + Math.ceil(seconds / refillSeconds),
    'burst and refill',
  )
  return { figures: [figure], notMeasured: [] }
}

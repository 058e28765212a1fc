import { createTestIssuer } from '@bearerkit/testing'
import { type Outcome, withinLimit } from '../figure.ts'
import { forEachOf } from '../pace.ts'
import { livingMegabytes } from '../resident-memory.ts'
import { goodTokens } from '../tokens.ts'
import { warmVerifier } from '../warm-verifier.ts'

const entries = 10_000
const megabytesAllowed = 25

/** What a verifier with default options holds on to once it has verified 10,000 tokens. */
export async function measure(): Promise<Outcome> {
  await using issuer = await createTestIssuer()
  const verifier = await warmVerifier(issuer)
  // As bytes: the strings that the verifier sees are its own to keep or to let go.
  const tokens = (await goodTokens(issuer, entries)).map((token) => Buffer.from(token))
  const before = await livingMegabytes()
  await forEachOf(tokens, 16, (token) => verifier.verify(token.toString('latin1')))
  const growth = Math.max(0, (await livingMegabytes()) - before)
  // Both are used after the last look at the memory, so that neither can be collected before it.
  await verifier.verify(String(tokens.at(-1)))
  const subject = { who: 'TokenVerifier', value: growth }
  return { figures: [withinLimit('memory after 10,000 good tokens', 'MB', subject, megabytesAllowed)], notMeasured: [] }
}

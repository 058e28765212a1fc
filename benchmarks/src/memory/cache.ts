import { createTestIssuer } from '@bearerkit/testing'
import { type Outcome, withinLimit } from '../figure.ts'
import { forEachOf } from '../pace.ts'
import { livingMegabytes } from '../resident-memory.ts'
import { goodTokens } from '../tokens.ts'
import { warmVerifier } from '../warm-verifier.ts'

const entries = 10_000
const megabytesAllowed = 25

/** The memory that a verifier with default options keeps after it has verified 10,000 tokens. */
export async function measure(): Promise<Outcome> {
  await using issuer = await createTestIssuer()
  const verifier = await warmVerifier(issuer)
  // Bytes, so that only the verifier decides whether the strings stay in memory.
  const tokens = (await goodTokens(issuer, entries)).map((token) => Buffer.from(token))
  const before = await livingMegabytes()
  await forEachOf(tokens, 16, (token) => verifier.verify(token.toString('latin1')))
  const growth = Math.max(0, (await livingMegabytes()) - before)
  // Both are used after the last measurement, so that neither is collected before it.
  await verifier.verify(String(tokens.at(-1)))
  const subject = { who: 'TokenVerifier', value: growth }
  return { figures: [withinLimit('memory after 10,000 good tokens', 'MB', subject, megabytesAllowed)], notMeasured: [] }
}

import { createTestIssuer } from '@bearerkit/testing'
import type { Outcome } from '../figure.ts'
import { residentGrowth } from '../resident-growth.ts'
import type { Scale } from '../scale.ts'
import { junkToken } from '../tokens.ts'
import { warmVerifier } from '../warm-verifier.ts'

/** The memory growth of the process after distinct tokens that name the right key but were not signed by it. */
export async function measure({ junkTokens }: Scale): Promise<Outcome> {
  await using issuer = await createTestIssuer()
  const verifier = await warmVerifier(issuer)
  const { issuer: iss, audience: aud } = issuer
  const figure = await residentGrowth('distinct junk tokens', junkTokens, () =>
    verifier.verify(junkToken({ iss, aud, kid: 'test.1' })).catch(() => undefined),
  )
  return { figures: [figure], notMeasured: [] }
}

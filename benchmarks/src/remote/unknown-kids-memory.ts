import { randomUUID } from 'node:crypto'
import { createTestIssuer } from '@bearerkit/testing'
import type { Outcome } from '../figure.ts'
import { residentGrowth } from '../resident-growth.ts'
import type { Scale } from '../scale.ts'
import { junkToken } from '../tokens.ts'
import { warmVerifier } from '../warm-verifier.ts'

/** The memory growth of the process after distinct unknown kids. */
export async function measure({ junkKids }: Scale): Promise<Outcome> {
  await using issuer = await createTestIssuer()
  const verifier = await warmVerifier(issuer)
  const { issuer: iss, audience: aud } = issuer
  const figure = await residentGrowth('distinct unknown kids', junkKids, () =>
    verifier.verify(junkToken({ iss, aud, kid: randomUUID() })).catch(() => undefined),
  )
  return { figures: [figure], notMeasured: [] }
}

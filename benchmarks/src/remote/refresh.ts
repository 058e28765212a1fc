import { RemoteJwksKeyProvider, TokenVerifier } from '@bearerkit/core'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import type { Outcome } from '../figure.ts'
import { inTurn } from '../pace.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { percentile } from '../statistics.ts'
import { goodTokens } from '../tokens.ts'

const refreshTakes = 400
/** More than can be verified within a turn, so that each is verified for the first time. */
const tokensPerTurn = 8000
/** The tolerance for "the same" on a busy machine. */
const noise = 1.25

/** The p99 of verification during a refresh of 400 ms, compared with no refresh. */
export async function measure({ rounds }: Scale): Promise<Outcome> {
  await using issuer = await createTestIssuer()
  const tokens = await goodTokens(issuer, tokensPerTurn)
  const keys = new RemoteJwksKeyProvider({ jwksUrl: issuer.jwksUrl, cacheTtl: '1h' })
  await keys.ready()
  issuer.fail({ kind: 'slow', delay: refreshTakes })
  const during = (phase: () => Promise<void>) => () => p99During(phase, verifierOf(issuer, keys), tokens)
  const calm = during(() => new Promise((resolve) => setTimeout(resolve, refreshTakes)))
  const refreshing = during(() => keys.refresh())
  await calm()
  const of = await medians(
    [
      { name: 'during a refresh of 400 ms', sample: refreshing },
      { name: 'without a refresh', sample: calm },
    ],
    // Each turn gives one p99, which varies, so there are more turns.
    rounds + 2,
  )
  const figure = {
    name: 'p99 of verification',
    unit: 'ms',
    subject: of('during a refresh of 400 ms'),
    relativeTo: of('without a refresh'),
    target: { atMost: noise },
  }
  return { figures: [figure], notMeasured: [] }
}

/** Creates a verifier with an empty cache. */
function verifierOf({ issuer, audience }: TestIssuer, keys: RemoteJwksKeyProvider): TokenVerifier {
  return new TokenVerifier({ issuer, audience, keys })
}

/** Verifies one token after the other until the phase is over. */
async function p99During(
  phase: () => Promise<void>,
  verifier: TokenVerifier,
  tokens: readonly string[],
): Promise<number> {
  const next = inTurn(tokens)
  const times: number[] = []
  const progress = { over: false }
  const ending = phase().finally(() => {
    progress.over = true
  })
  while (!progress.over) {
    const start = performance.now()
    await verifier.verify(next())
    times.push(performance.now() - start)
  }
  await ending
  return percentile(times, 0.99)
}

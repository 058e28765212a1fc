import { RemoteJwksKeyProvider, TokenVerifier } from '@bearerkit/core'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import type { Outcome } from '../figure.ts'
import { inTurn } from '../pace.ts'
import { medians } from '../rounds.ts'
import type { Scale } from '../scale.ts'
import { percentile } from '../statistics.ts'
import { goodTokens } from '../tokens.ts'

const refreshTakes = 400
/** More than can be verified within a turn: every one is verified for the first time. */
const tokensPerTurn = 8000
/** "The same", on a machine with other things to do. */
const noise = 1.25

/** The p99 of verification while a refresh of 400 ms goes on, beside that without one. */
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
    // A turn gives one p99, and that swings: it has more turns than the others.
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

/** A verifier that remembers no token yet. */
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

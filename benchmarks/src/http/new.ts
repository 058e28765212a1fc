import type { Outcome } from '../figure.ts'
import type { Scale } from '../scale.ts'
import { runAll } from './contests.ts'

/** A new token with every request, compared with a handler that only checks its signature. */
export function measure(scale: Scale): Promise<Outcome> {
  return runAll(
    {
      kind: 'new',
      algs: ['RS256', 'ES256'],
      frameworks: ['Express', 'Fastify'],
      tokens: scale.newTokens,
      demands: { yardstick: 'limit', ofYardstick: { atLeast: 0.85 }, ofFastestPeer: { atLeast: 1.3 } },
    },
    scale,
  )
}

import type { Outcome } from '../figure.ts'
import type { Scale } from '../scale.ts'
import { runAll } from './contests.ts'

/** 200 tokens in turn, compared with the same framework and requests without authentication. */
export function measure(scale: Scale): Promise<Outcome> {
  return runAll(
    {
      kind: 'repeated',
      algs: ['RS256'],
      frameworks: ['Express', 'Koa', 'Fastify'],
      tokens: 200,
      demands: {
        yardstick: 'none',
        ofYardstick: { atLeast: 0.8 },
        ofFastestPeer: { atLeast: 1.5 },
        p99: { atMost: 1.3 },
      },
    },
    scale,
  )
}

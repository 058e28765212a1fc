import assert from 'node:assert/strict'
import { ask, me } from '../client.ts'
import { assertOutcome, type Outcome, outcomes } from '../outcomes.ts'
import type { Stage } from '../stage.ts'
import { forged, type RequestFor, signedByOther } from '../status-row.ts'
import type { Cases } from './case.ts'

type Row = readonly [reason: string, request: RequestFor, outcome: Outcome]

const faults: readonly Row[] = [
  ['token_malformed', () => me('Bearer a.b.c'), outcomes.invalid],
  ['signature_invalid', signedByOther(), outcomes.invalid],
  ['key_unknown', async ({ issuer }) => me(`Bearer ${await issuer.forged.unknownKid()}`), outcomes.invalid],
  ['audience_mismatch', forged({ claims: { aud: 'x' } }), outcomes.invalid],
  ['claim_invalid', forged({ claims: { sub: 5 } }), outcomes.invalid],
]

/** The answer of the framework's default error handler must not tell a forger which check failed. */
export const defaultAnswerCases: Cases = Object.fromEntries(
  faults.map(([reason, request, outcome]) => [
    `shows clients neither the reason ${reason} nor a stack`,
    async (stage: Stage) => {
      const scene = await stage.shared()
      const answer = await ask(scene.app.server, await request(scene))
      assertOutcome(answer, outcome)
      const shown = JSON.stringify(answer)
      for (const hidden of [reason, 'TokenError', '.ts', '.js', 'node_modules'])
        assert.ok(!shown.includes(hidden), `${hidden} is in ${shown}`)
    },
  ]),
)

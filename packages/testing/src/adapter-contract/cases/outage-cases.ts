import assert from 'node:assert/strict'
import { assertOutcome, outcomes } from '../outcomes.ts'
import type { Stage } from '../stage.ts'
import type { Fault } from '../../fault.ts'
import type { Cases } from './case.ts'

const { passes, invalid, unavailable } = outcomes

/** Trouble of ours, or of the issuer's, and never the token's. */
export const outageCases: Cases = {
  'cold, and status 500: 503 with Retry-After and no challenge': (stage) =>
    coldAnd(stage, { kind: 'status', status: 500 }),
  'cold, and down': (stage) => coldAnd(stage, { kind: 'down' }),
  'cold, and nonsense': (stage) => coldAnd(stage, { kind: 'body', body: '{"keys":[]}' }),

  async 'in optional mode too'(stage) {
    const { issuer, bearing } = await stage.own({ verify: { mode: 'optional' } })
    issuer.fail({ kind: 'down' })
    assertOutcome(await bearing(await issuer.issue()), unavailable)
  },

  async 'a bad token is bad all the same'(stage) {
    const { issuer, bearing } = await stage.own()
    issuer.fail({ kind: 'down' })
    assertOutcome(await bearing(await issuer.forged.algNone()), invalid)
  },

  async 'with keys at hand, good tokens still pass'(stage) {
    const { issuer, bearing } = await stage.own()
    await bearing(await issuer.issue())
    issuer.fail({ kind: 'down' })
    assertOutcome(await bearing(await issuer.issue()), passes)
  },

  async 'metadata that names another issuer lets nobody in'(stage) {
    const { issuer, other, bearing } = await stage.own()
    const claimed = { issuer: other.issuer, jwks_uri: other.jwksUrl }
    issuer.fail({ kind: 'body', body: JSON.stringify(claimed) }, { only: 'openid-configuration' })
    assertOutcome(await bearing(await issuer.issue()), unavailable)
    assertOutcome(await bearing(await other.issue()), invalid)
    assert.equal(other.requests.total, 0)
  },
}

async function coldAnd(stage: Stage, fault: Fault): Promise<void> {
  const { issuer, bearing } = await stage.own()
  issuer.fail(fault)
  assertOutcome(await bearing(await issuer.issue()), unavailable)
}

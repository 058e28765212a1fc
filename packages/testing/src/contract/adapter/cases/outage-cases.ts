import assert from 'node:assert/strict'
import { assertOutcome, outcomes } from '../outcomes.ts'
import type { Stage } from '../stage.ts'
import type { Fault } from '../../../issuer/fault.ts'
import type { Cases } from './case.ts'

const { passes, invalid } = outcomes
const unavailable = outcomes.unavailable('key_source_unavailable')

/** Failures of the server or the issuer, not of the token. */
export const outageCases: Cases = {
  'cause 503 with Retry-After and no challenge if the first fetch gets status 500': (stage) =>
    coldAnd(stage, { kind: 'status', status: 500 }),
  'cause 503 if the issuer is down at the first fetch': (stage) => coldAnd(stage, { kind: 'down' }),
  'cause 503 if the first fetch gets an empty JWKS': (stage) => coldAnd(stage, { kind: 'body', body: '{"keys":[]}' }),

  async 'cause 503 in optional mode too'(stage) {
    const { issuer, bearing } = await stage.own({ verify: { mode: 'optional' } })
    issuer.fail({ kind: 'down' })
    assertOutcome(await bearing(await issuer.issue()), unavailable)
  },

  async 'do not prevent the refusal of a bad token'(stage) {
    const { issuer, bearing } = await stage.own()
    issuer.fail({ kind: 'down' })
    assertOutcome(await bearing(await issuer.forged.algNone()), invalid)
  },

  async 'do not affect good tokens whose keys are cached'(stage) {
    const { issuer, bearing } = await stage.own()
    await bearing(await issuer.issue())
    issuer.fail({ kind: 'down' })
    assertOutcome(await bearing(await issuer.issue()), passes)
  },

  async 'include metadata that names another issuer'(stage) {
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

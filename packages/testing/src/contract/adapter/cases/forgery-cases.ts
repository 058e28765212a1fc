import assert from 'node:assert/strict'
import { assertOutcome, outcomes } from '../outcomes.ts'
import { foreignSignatures, forgeries } from '../rows/forgeries.ts'
import type { Stage } from '../stage.ts'
import type { TestIssuer } from '../../../issuer/test-issuer.ts'
import type { Cases } from './case.ts'

/** Forged tokens: RFC 8725 §2, §3. */
export const forgeryCases: Cases = {
  ...Object.fromEntries(
    Object.entries(forgeries).map(([title, forge]) => [
      `are refused without a fetch: ${title}`,
      (stage: Stage) => refusedWithoutFetch(stage, forge),
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(foreignSignatures).map(([title, forge]) => [
      `are refused after at most one fetch, and then without one: ${title}`,
      (stage: Stage) => refusedAfterOneFetch(stage, forge),
    ]),
  ),

  async 'with an unknown kid are refused after at most one fetch'(stage) {
    const { issuer, bearing } = await stage.own()
    await bearing(await issuer.issue())
    issuer.requests.reset()
    assertOutcome(await bearing(await issuer.forged.unknownKid()), outcomes.invalid)
    assert.ok(issuer.requests.jwks <= 1)
  },

  async 'with 30 unknown kids at the same time cause at most three fetches, and good tokens still pass'(stage) {
    const { issuer, bearing } = await stage.own()
    await bearing(await issuer.issue())
    issuer.requests.reset()
    const junk = await Promise.all(Array.from({ length: 30 }, () => issuer.forged.unknownKid()))
    for (const answer of await Promise.all(junk.map(bearing))) assertOutcome(answer, outcomes.invalid)
    assert.ok(issuer.requests.total <= 3, `${issuer.requests.total} requests`)
    assertOutcome(await bearing(await issuer.issue()), outcomes.passes)
  },

  async 'that can never verify cause no fetch, even if no keys were fetched before'(stage) {
    const { issuer, other, bearing } = await stage.own()
    const { forged } = issuer
    const hopeless = [forged.algNone(), forged.wrongTyp(), forged.wrongIssuer(), forged.unknownCrit(), other.issue()]
    for (const token of await Promise.all(hopeless)) assertOutcome(await bearing(token), outcomes.invalid)
    assert.equal(issuer.requests.total, 0)
    assert.equal(other.requests.total, 0)
  },
}

async function refusedWithoutFetch(stage: Stage, forge: (issuer: TestIssuer) => Promise<string>): Promise<void> {
  const { issuer, bearing } = await stage.shared()
  assertOutcome(await bearing(await issuer.issue()), outcomes.passes)
  issuer.requests.reset()
  assertOutcome(await bearing(await forge(issuer)), outcomes.invalid)
  assert.equal(issuer.requests.total, 0)
  assertOutcome(await bearing(await issuer.issue()), outcomes.passes)
}

/** Cases that share an app can have caused the fetch before. */
async function refusedAfterOneFetch(stage: Stage, forge: (issuer: TestIssuer) => Promise<string>): Promise<void> {
  const { issuer, bearing } = await stage.shared()
  assertOutcome(await bearing(await issuer.issue()), outcomes.passes)
  const forged = await forge(issuer)
  issuer.requests.reset()
  assertOutcome(await bearing(forged), outcomes.invalid)
  assert.ok(issuer.requests.total <= 1, `${issuer.requests.total} fetches`)
  issuer.requests.reset()
  assertOutcome(await bearing(forged), outcomes.invalid)
  assert.equal(issuer.requests.total, 0)
  assertOutcome(await bearing(await issuer.issue()), outcomes.passes)
}

import assert from 'node:assert/strict'
import { LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import { ownKeySigner } from '../../../tokens/signer.ts'
import { assertOutcome, outcomes } from '../outcomes.ts'
import type { Cases } from './case.ts'

const { passes, invalid } = outcomes

/** Keys that are published late, rotated or destroyed. */
export const keyCases: Cases = {
  async 'are fetched once for 30 parallel requests, and not again for later ones'(stage) {
    const { issuer, bearing } = await stage.own()
    const token = await issuer.issue()
    for (const answer of await Promise.all(Array.from({ length: 30 }, () => bearing(token))))
      assertOutcome(answer, passes)
    assertOutcome(await bearing(await issuer.issue()), passes)
    assert.equal(issuer.requests.jwks, 1)
  },

  async 'verify tokens of the old and the new key after a rotation'(stage) {
    const { issuer, bearing } = await stage.own()
    const old = await issuer.issue()
    assertOutcome(await bearing(old), passes)
    await issuer.rotateKey()
    assertOutcome(await bearing(await issuer.issue()), passes)
    assertOutcome(await bearing(old), passes)
  },

  async 'verify a token that was refused before its key was published'(stage) {
    let ahead = 0
    const clock = { now: () => Date.now() + ahead }
    const { issuer, other, bearing } = await stage.own({ verify: { clock } })
    const signer = await ownKeySigner(other.keys, 'test')
    const early = await issuer.forge({ header: { kid: 'late.1' }, signer })
    assertOutcome(await bearing(early), invalid)
    await issuer.keys.importKey({ alg: 'ES256', kid: 'late' }, await other.keys.getPublicJwk('test'))
    ahead = 60_000
    assertOutcome(await bearing(early), passes)
  },

  async 'verify no token after a local key is destroyed'(stage) {
    const keys = new LocalKeyProvider()
    await keys.createKey({ alg: 'ES256', kid: 'own' })
    const { issuer, bearing } = await stage.own({ verify: { keys } })
    const { issuer: iss, audience } = issuer
    const token = await new TokenIssuer({ keys, issuer: iss, audience }).issue({ sub: 'user-1' })
    assertOutcome(await bearing(token), passes)
    await keys.destroyKey('own')
    assertOutcome(await bearing(token), invalid)
  },

  async 'can use RS256 (RFC 9068 §4)'(stage) {
    const { issuer, bearing } = await stage.own({ verify: { profile: 'rfc9068' } }, { alg: 'RS256' })
    assertOutcome(await bearing(await issuer.issue()), passes)
    assertOutcome(await bearing(await issuer.forged.hs256WithPublicKey()), invalid)
  },

  async 'can be local HMAC keys only if `algorithms` lists HS256'(stage) {
    const keys = new LocalKeyProvider()
    await keys.createKey({ alg: 'HS256' })
    for (const [algorithms, outcome] of [
      [['HS256'], passes],
      [undefined, invalid],
    ] as const) {
      const { issuer, bearing } = await stage.own({ verify: { keys, algorithms } })
      const { issuer: iss, audience } = issuer
      assertOutcome(
        await bearing(await new TokenIssuer({ keys, issuer: iss, audience }).issue({ sub: 'user-1' })),
        outcome,
      )
    }
  },
}

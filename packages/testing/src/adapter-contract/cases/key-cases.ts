import assert from 'node:assert/strict'
import { LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
import { keySigner } from '../../signer.ts'
import { assertOutcome, outcomes } from '../outcomes.ts'
import type { Cases } from './case.ts'

const { passes, invalid } = outcomes

/** Keys that come late, change and go. */
export const keyCases: Cases = {
  async '30 cold requests make one fetch, and more make none'(stage) {
    const { issuer, bearing } = await stage.own()
    const token = await issuer.issue()
    for (const answer of await Promise.all(Array.from({ length: 30 }, () => bearing(token))))
      assertOutcome(answer, passes)
    assertOutcome(await bearing(await issuer.issue()), passes)
    assert.equal(issuer.requests.jwks, 1)
  },

  async 'after a rotation, tokens of the old and of the new key pass'(stage) {
    const { issuer, bearing } = await stage.own()
    const old = await issuer.issue()
    assertOutcome(await bearing(old), passes)
    await issuer.rotateKey()
    assertOutcome(await bearing(await issuer.issue()), passes)
    assertOutcome(await bearing(old), passes)
  },

  async 'a token that came before its key was published passes afterwards'(stage) {
    let ahead = 0
    const clock = { now: () => Date.now() + ahead }
    const { issuer, other, bearing } = await stage.own({ verify: { clock } })
    const signer = keySigner(await other.keys.signingKey('test'))
    const early = await issuer.forge({ header: { kid: 'late.1' }, signer })
    assertOutcome(await bearing(early), invalid)
    await issuer.keys.importKey({ alg: 'ES256', kid: 'late' }, await other.keys.getPublicJwk('test'))
    ahead = 60_000
    assertOutcome(await bearing(early), passes)
  },

  async 'a local key that is destroyed is refused at once'(stage) {
    const keys = new LocalKeyProvider()
    await keys.createKey({ alg: 'ES256', kid: 'own' })
    const { issuer, bearing } = await stage.own({ verify: { keys } })
    const { issuer: iss, audience } = issuer
    const token = await new TokenIssuer({ keys, issuer: iss, audience }).issue({ sub: 'user-1' })
    assertOutcome(await bearing(token), passes)
    await keys.destroyKey('own')
    assertOutcome(await bearing(token), invalid)
  },

  async 'RS256 is supported (RFC 9068 §4)'(stage) {
    const { issuer, bearing } = await stage.own({ verify: { profile: 'rfc9068' } }, { alg: 'RS256' })
    assertOutcome(await bearing(await issuer.issue()), passes)
    assertOutcome(await bearing(await issuer.forged.hs256WithPublicKey()), invalid)
  },

  async 'a local HMAC key counts only where it is named'(stage) {
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

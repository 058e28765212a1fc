import assert from 'node:assert/strict'
import { ask, me } from '../client.ts'
import { assertOutcome, outcomes } from '../outcomes.ts'
import type { Cases } from './case.ts'

/** The caller as handlers see it, and the requests that reach them. */
export const handlerCases: Cases = {
  async 'see the scheme, header, claims and scopes'(stage) {
    const { issuer, bearing } = await stage.shared()
    const { body } = await bearing(await issuer.issue({ sub: 'alice', scope: 'a b' }))
    const { scheme, header, claims, scopes } = JSON.parse(body) as Shown
    assert.equal(scheme, 'Bearer')
    assert.deepEqual(header, { alg: 'ES256', kid: 'test.1', typ: 'at+jwt' })
    assert.deepEqual([claims['sub'], claims['iss'], claims['aud']], ['alice', issuer.issuer, issuer.audience])
    assert.deepEqual(scopes, ['a', 'b'])
  },

  async 'see no auth context for an anonymous request'(stage) {
    const { app } = await stage.own({ verify: { mode: 'optional' } })
    const { status, body } = await ask(app.server, me())
    assert.deepEqual([status, body], [200, 'null'])
  },

  async 'see the claims as the schema transformed them'(stage) {
    const validate = (value: unknown): { value: never } => ({ value: { who: (value as { sub: string }).sub } as never })
    const claims = { '~standard': { version: 1, vendor: 'by hand', validate } } as const
    const { issuer, bearing } = await stage.own({ verify: { claims } })
    const { body } = await bearing(await issuer.issue({ sub: 'alice' }))
    assert.deepEqual((JSON.parse(body) as Shown).claims, { who: 'alice' })
  },

  async 'answer HEAD with the status of GET and no body'(stage) {
    const { issuer, app } = await stage.shared()
    for (const token of [await issuer.issue(), await issuer.forged.expired()]) {
      const get = await ask(app.server, me(`Bearer ${token}`))
      const head = await ask(app.server, me(`Bearer ${token}`, { method: 'HEAD' }))
      assert.deepEqual([head.status, head.body], [get.status, ''])
      assert.equal(head.headers['www-authenticate'], get.headers['www-authenticate'])
    }
  },

  async 'of open routes answer with any credentials'(stage) {
    const { app } = await stage.shared()
    for (const authorization of [undefined, 'Bearer', 'Bearer bad']) {
      const { status, body } = await ask(app.server, me(authorization, { path: '/public' }))
      assert.deepEqual([status, JSON.parse(body)], [200, { public: true }])
    }
  },

  async 'see only the caller of their own request'(stage) {
    const { issuer, bearing } = await stage.shared()
    const subjects = Array.from({ length: 20 }, (_, index) => `user-${index}`)
    const seen = subjects.map(async (sub) => {
      const { body } = await bearing(await issuer.issue({ sub }))
      return (JSON.parse(body) as Shown).claims['sub']
    })
    assert.deepEqual(await Promise.all(seen), subjects)
  },

  async 'are protected by a challenge with the given realm, escaped for a header'(stage) {
    const { app } = await stage.own({ verify: { realm: 'a"b\\c\r\nd é' } })
    assertOutcome(await ask(app.server, me()), { ...outcomes.anonymous, challenge: 'Bearer realm="a?b?c??d ?"' })
  },
}

interface Shown {
  readonly scheme: unknown
  readonly header: unknown
  readonly claims: Readonly<Record<string, unknown>>
  readonly scopes: unknown
}

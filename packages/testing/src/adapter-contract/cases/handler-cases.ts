import assert from 'node:assert/strict'
import { ask, me } from '../client.ts'
import { assertOutcome, outcomes } from '../outcomes.ts'
import type { Cases } from './case.ts'

/** What handlers see, and which of them are asked. */
export const handlerCases: Cases = {
  async 'the handler sees scheme, header, claims and scopes'(stage) {
    const { issuer, bearing } = await stage.shared()
    const { body } = await bearing(await issuer.issue({ sub: 'alice', scope: 'a b' }))
    const { scheme, header, claims, scopes } = JSON.parse(body) as Shown
    assert.equal(scheme, 'Bearer')
    assert.deepEqual(header, { alg: 'ES256', kid: 'test.1', typ: 'at+jwt' })
    assert.deepEqual([claims['sub'], claims['iss'], claims['aud']], ['alice', issuer.issuer, issuer.audience])
    assert.deepEqual(scopes, ['a', 'b'])
  },

  async 'the handler of an anonymous request sees none'(stage) {
    const { app } = await stage.own({ verify: { mode: 'optional' } })
    const { status, body } = await ask(app.server, me())
    assert.deepEqual([status, body], [200, 'null'])
  },

  async 'the handler sees what the schema made of the claims'(stage) {
    const validate = (value: unknown): { value: never } => ({ value: { who: (value as { sub: string }).sub } as never })
    const claims = { '~standard': { version: 1, vendor: 'by hand', validate } } as const
    const { issuer, bearing } = await stage.own({ verify: { claims } })
    const { body } = await bearing(await issuer.issue({ sub: 'alice' }))
    assert.deepEqual((JSON.parse(body) as Shown).claims, { who: 'alice' })
  },

  async 'HEAD has the status of GET, and no body'(stage) {
    const { issuer, app } = await stage.shared()
    for (const token of [await issuer.issue(), await issuer.forged.expired()]) {
      const get = await ask(app.server, me(`Bearer ${token}`))
      const head = await ask(app.server, me(`Bearer ${token}`, { method: 'HEAD' }))
      assert.deepEqual([head.status, head.body], [get.status, ''])
      assert.equal(head.headers['www-authenticate'], get.headers['www-authenticate'])
    }
  },

  async 'open routes stay open, whatever is sent along'(stage) {
    const { app } = await stage.shared()
    for (const authorization of [undefined, 'Bearer', 'Bearer bad']) {
      const { status, body } = await ask(app.server, me(authorization, { path: '/public' }))
      assert.deepEqual([status, JSON.parse(body)], [200, { public: true }])
    }
  },

  async 'requests do not see each other’s callers'(stage) {
    const { issuer, bearing } = await stage.shared()
    const subjects = Array.from({ length: 20 }, (_, index) => `user-${index}`)
    const seen = subjects.map(async (sub) => {
      const { body } = await bearing(await issuer.issue({ sub }))
      return (JSON.parse(body) as Shown).claims['sub']
    })
    assert.deepEqual(await Promise.all(seen), subjects)
  },

  async 'the realm is the one that was given, made safe for a header'(stage) {
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

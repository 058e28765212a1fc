import assert from 'node:assert/strict'
import { memoryReplayStore, type ReplayStore } from '@bearerkit/core'
import { ask } from '../client.ts'
import { assertOutcome, outcomes } from '../outcomes.ts'
import { type LogoutRow, logoutRows, logoutToken } from '../rows/logout-rows.ts'
import type { Stage } from '../stage.ts'
import { assertRefused, backChannelScene, formRequest, sharedBackChannel } from './back-channel-app.ts'
import type { Cases } from './case.ts'

/** OpenID Connect Back-Channel Logout 1.0. */
export const logoutCases: Cases = {
  ...Object.fromEntries(logoutRows.map((row) => [row.title, (stage: Stage) => holds(stage, row)])),

  async 'revokes the tokens of a user from before the logout, and says nothing more'(stage) {
    const { issuer, revocations, post } = await backChannelScene(stage)
    const iat = Math.floor(Date.now() / 1000) - 60
    const { status, headers, body } = await post('/logout', {
      logout_token: await logoutToken(issuer.forge, { claims: { sid: undefined, iat } }),
    })
    assert.deepEqual([status, body, headers['cache-control']], [200, '', 'no-store'])
    assert.deepEqual(revocations.revoked, [{ iss: issuer.issuer, sub: 'user-1', issuedBefore: new Date(iat * 1000) }])
  },

  async 'accepts each logout token once, and each of its issuer’s further ones'(stage) {
    const { issuer, failures, post } = await backChannelScene(stage)
    const token = await logoutToken(issuer.forge)
    const statuses = []
    for (const logout_token of [token, token, await logoutToken(issuer.forge), token])
      statuses.push((await post('/logout', { logout_token })).status)
    assert.deepEqual(statuses, [200, 400, 200, 400])
    assert.deepEqual(failures, ['token_replayed', 'token_replayed'])
  },

  async 'accepts one of ten uses of a logout token at once'(stage) {
    const { issuer, post } = await backChannelScene(stage)
    const logout_token = await logoutToken(issuer.forge)
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/logout', { logout_token })))
    const count = (wanted: number): number => answers.filter(({ status }) => status === wanted).length
    assert.deepEqual([count(200), count(400)], [1, 9])
  },

  async 'does not spend the jti of a logout token that was refused'(stage) {
    const { issuer, other, post } = await backChannelScene(stage)
    const claims = { jti: 'jti-1' }
    const refused = [
      logoutToken(issuer.forge, { claims: { ...claims, nonce: 'n-1' } }),
      logoutToken(issuer.forge, { claims: { ...claims, aud: 'client-2' } }),
      logoutToken(other.forge, { claims: { ...claims, iss: issuer.issuer } }),
    ]
    for (const logout_token of await Promise.all(refused)) assertRefused(await post('/logout', { logout_token }), 400)
    const { status } = await post('/logout', { logout_token: await logoutToken(issuer.forge, { claims }) })
    assert.equal(status, 200)
  },

  async 'answers 503 while the revocation cannot be stored, and accepts the same logout token later'(stage) {
    const { issuer, revocations, post } = await backChannelScene(stage)
    const logout_token = await logoutToken(issuer.forge)
    revocations.isDown = true
    const { headers } = assertRefused(await post('/logout', { logout_token }), 503)
    assert.equal(headers['retry-after'], '7')
    revocations.isDown = false
    assert.equal((await post('/logout', { logout_token })).status, 200)
  },

  async 'answers 503 while the replay store is unavailable, and accepts the same logout token later'(stage) {
    const memory = memoryReplayStore()
    let isDown = true
    const replay: ReplayStore = {
      firstUse(id, options) {
        if (isDown) throw new Error('connection lost')
        return memory.firstUse(id, options)
      },
    }
    const { issuer, failures, post } = await backChannelScene(stage, { logout: { replay } })
    const logout_token = await logoutToken(issuer.forge)
    const { headers } = assertRefused(await post('/logout', { logout_token }), 503)
    assert.match(String(headers['retry-after']), /^\d+$/)
    isDown = false
    assert.equal((await post('/logout', { logout_token })).status, 200)
    assert.deepEqual(failures, ['replay_store_unavailable'])
  },

  async 'answers 503 while the keys of the issuer are unavailable'(stage) {
    const { issuer, revocations, post } = await backChannelScene(stage)
    issuer.fail({ kind: 'status', status: 500 })
    assertRefused(await post('/logout', { logout_token: await logoutToken(issuer.forge) }), 503)
    assert.deepEqual(revocations.revoked, [])
  },

  async 'is no way around verifyJwt: a logout token is not an access token'(stage) {
    const { issuer, bearing } = await backChannelScene(stage)
    const { audience } = issuer
    assertOutcome(await bearing(await logoutToken(issuer.forge, { claims: { aud: audience } })), outcomes.invalid)
  },

  async 'gives the same answer for every fault, and tells onFailure which one it was'(stage) {
    const { issuer, failures, post } = await backChannelScene(stage)
    const bodies = []
    for (const claims of [{ nonce: 'n-1' }, { iss: 'https://other.example' }, { sub: undefined, sid: undefined }])
      bodies.push((await post('/logout', { logout_token: await logoutToken(issuer.forge, { claims }) })).body)
    assert.equal(new Set(bodies).size, 1)
    assert.deepEqual(failures, ['claim_invalid', 'issuer_mismatch', 'claim_missing'])
  },

  async 'refuses requests without exactly one logout token'(stage) {
    const { app, issuer, revocations } = await sharedBackChannel(stage)
    const token = await logoutToken(issuer.forge)
    const twice = `logout_token=${token}&logout_token=${token}`
    for (const body of ['', 'other=1', 'logout_token=', `LOGOUT_TOKEN=${token}`, twice])
      assertRefused(await ask(app.server, formRequest('/logout', {}, { body })), 400)
    const inTheUrl = formRequest(`/logout?logout_token=${token}`, {})
    assertRefused(await ask(app.server, inTheUrl), 400)
    assert.deepEqual(revocations.revoked, [])
  },
}

async function holds(stage: Stage, { token, options, revokes }: LogoutRow): Promise<void> {
  const { revocations, ...scene } = await sharedBackChannel(stage, options)
  const answer = await ask(scene.app.server, formRequest('/logout', { logout_token: await token(scene) }))
  if (revokes === undefined) {
    assertRefused(answer, 400)
    assert.deepEqual(revocations.revoked, [])
    return
  }
  assert.equal(answer.status, 200)
  const [{ iss, issuedBefore: _issuedBefore, ...revoked } = {}, ...others] = revocations.revoked as Revoked[]
  assert.deepEqual([iss, revoked, others], [scene.issuer.issuer, revokes, []])
}

type Revoked = Partial<Record<'iss' | 'issuedBefore' | 'sub' | 'sid', unknown>>

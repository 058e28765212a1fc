import assert from 'node:assert/strict'
import type { TokenChange } from '../../../tokens/forge.ts'
import type { Cast } from '../stage.ts'
import type { ContractAnswer } from '../client.ts'
import {
  assertRefused,
  type BackChannelChange,
  backChannelScene,
  type BackChannelScene,
  type Form,
  sharedBackChannel,
} from './back-channel-app.ts'
import type { Cases } from './case.ts'

const authenticated = { headers: { 'x-secret': 'secret' } }

function revoke({ post }: BackChannelScene, token: string, more: Form = {}): Promise<ContractAnswer> {
  return post('/revoke', { token, ...more }, authenticated)
}

/** Tokens that are not valid. RFC 7009 §2.2: the client gets 200, because such tokens are of no use anyway. */
const invalid: Readonly<Record<string, (cast: Cast) => Promise<string>>> = {
  'no JWT': async () => 'opaque',
  expired: ({ issuer }) => issuer.forged.expired(),
  'signed with another key': ({ issuer }) => issuer.forged.wrongKey(),
  'of another issuer': ({ other }) => other.issue(),
  'for another audience': ({ issuer }) => issuer.forged.wrongAudience(),
  'a logout token': ({ issuer }) => issuer.forged.wrongTyp(),
  'too long': ({ issuer }) => issuer.forge({ claims: { padding: 'x'.repeat(20_000) } }),
}

/** Valid tokens, and the members of the revocation that they cause. */
const valid: Readonly<Record<string, TokenChange>> = {
  'an access token': {},
  'a token without a subject': { claims: { sub: undefined } },
  'a token that is bound to a key, without its proof': { claims: { cnf: { jkt: 'thumbprint' } } },
}

/** RFC 7009. */
export const revocationCases: Cases = {
  ...Object.fromEntries(
    Object.entries(valid).map(([title, change]) => [
      `revokes ${title} until it has expired everywhere`,
      async (stage) => {
        const scene = await sharedBackChannel(stage)
        const exp = Math.floor(Date.now() / 1000) + 300
        const token = await scene.issuer.forge({ ...change, claims: { ...change.claims, jti: 'jti-1', exp } })
        const { status, body, headers } = await revoke(scene, token)
        assert.deepEqual([status, body, headers['cache-control']], [200, '', 'no-store'])
        assert.deepEqual(scene.revocations.revoked, [
          { iss: scene.issuer.issuer, jti: 'jti-1', until: new Date((exp + 60) * 1000) },
        ])
      },
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(invalid).map(([title, token]) => [
      `answers 200 to a token that is invalid (${title}), revokes nothing, and tells onFailure`,
      async (stage) => {
        const scene = await sharedBackChannel(stage)
        assert.equal((await revoke(scene, await token(scene))).status, 200)
        assert.deepEqual([scene.revocations.revoked, scene.failures.length], [[], 1])
      },
    ]),
  ),

  async 'ignores token_type_hint, except that it does not report an opaque refresh token as revoked'(stage) {
    const scene = await sharedBackChannel(stage)
    const token = await scene.issuer.issue()
    for (const token_type_hint of ['access_token', 'refresh_token', 'other'])
      assert.equal((await revoke(scene, token, { token_type_hint })).status, 200)
    assert.equal((await revoke(scene, 'opaque', { token_type_hint: 'access_token' })).status, 200)
    assertRefused(await revoke(scene, 'opaque', { token_type_hint: 'refresh_token' }), 400, 'unsupported_token_type')
    assert.equal(scene.revocations.revoked.length, 3)
  },

  async 'does not support tokens without a jti'(stage) {
    const scene = await sharedBackChannel(stage)
    for (const jti of [undefined, '']) {
      const token = await scene.issuer.forge({ claims: { jti } })
      assertRefused(await revoke(scene, token), 400, 'unsupported_token_type')
    }
    assert.deepEqual(scene.revocations.revoked, [])
  },

  async 'caps the end of a token that hardly ever expires'(stage) {
    const scene = await sharedBackChannel(stage)
    assert.equal((await revoke(scene, await scene.issuer.forge({ claims: { exp: 1e300 } }))).status, 200)
    assert.deepEqual(
      scene.revocations.revoked.map(({ until }) => Number(until)),
      [8.64e15],
    )
  },

  async 'refuses clients that are not authenticated, whatever they send'(stage) {
    const scene = await sharedBackChannel(stage)
    const token = await scene.issuer.issue()
    for (const [authorization, challenge] of [
      [undefined, 'Basic realm="revocation"'],
      ['Basic YTpi', 'Basic realm="revocation"'],
      ['Bearer token', 'Bearer realm="revocation"'],
      ['x"y z', 'Basic realm="revocation"'],
    ]) {
      const more = authorization === undefined ? {} : { headers: { authorization } }
      for (const form of [{ token }, {}, { token: 'opaque' }] as Form[]) {
        const { headers } = assertRefused(await scene.post('/revoke', form, more), 401, 'invalid_client')
        assert.equal(headers['www-authenticate'], challenge)
      }
    }
    assert.deepEqual(scene.revocations.revoked, [])
  },

  async 'lets a client that authenticate names revoke its own tokens, and no others'(stage) {
    const scene = await backChannelScene(stage, { revocation: { authenticate: async () => 'client-1' } })
    const { forge, issuer } = scene.issuer
    const others = [{ client_id: 'client-2' }, { client_id: undefined }, { client_id: 'client-2', azp: 'client-1' }]
    for (const claims of others) assertRefused(await revoke(scene, await forge({ claims })), 400, 'invalid_grant')
    for (const claims of [{ client_id: 'client-1' }, { client_id: undefined, azp: 'client-1' }])
      assert.equal((await revoke(scene, await forge({ claims }))).status, 200)
    assert.deepEqual(
      scene.revocations.revoked.map(({ iss }) => iss),
      [issuer, issuer],
    )
  },

  async 'passes the form to authenticate'(stage) {
    const scene = await backChannelScene(stage, {
      revocation: { authenticate: (_request, { client_secret: secret }) => secret === 'in the body' },
    })
    const token = await scene.issuer.issue()
    assert.equal((await revoke(scene, token, { client_secret: 'in the body' })).status, 200)
    assertRefused(await revoke(scene, token, { client_secret: 'guessed' }), 401, 'invalid_client')
  },

  async 'answers 503 if authenticate fails or returns something else'(stage) {
    const failing: readonly (() => unknown)[] = [
      () => undefined,
      () => 1,
      () => '',
      async () => null,
      () => {
        throw new Error('the directory is down')
      },
    ]
    for (const authenticate of failing) {
      const change = { revocation: { authenticate } } as BackChannelChange
      const scene = await backChannelScene(stage, change)
      assertRefused(await revoke(scene, await scene.issuer.issue()), 503, 'temporarily_unavailable')
      assert.deepEqual([scene.revocations.revoked, scene.failures], [[], ['verification_unavailable']])
    }
  },

  async 'answers 503 while the revocation cannot be stored, or the keys are unavailable'(stage) {
    const scene = await backChannelScene(stage)
    const token = await scene.issuer.issue()
    scene.issuer.fail({ kind: 'status', status: 500 })
    assertRefused(await revoke(scene, token), 503, 'temporarily_unavailable')
    scene.issuer.recover()
    const other = await backChannelScene(stage)
    other.revocations.isDown = true
    const { headers } = assertRefused(await revoke(other, await other.issuer.issue()), 503)
    assert.equal(headers['retry-after'], '7')
  },

  async 'refuses requests without exactly one token'(stage) {
    const scene = await sharedBackChannel(stage)
    for (const body of ['', 'other=1', 'token=', 'token=a&token=b'])
      assertRefused(await scene.post('/revoke', {}, { ...authenticated, body }), 400, 'invalid_request')
  },
}

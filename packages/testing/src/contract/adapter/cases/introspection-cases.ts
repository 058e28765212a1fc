import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { type IntrospectionHandlerOptions, KeyNotFoundError, LocalKeyProvider } from '@bearerkit/core'
import type { ContractAnswer } from '../client.ts'
import type { Cast, Stage } from '../stage.ts'
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
const signedType = 'application/token-introspection+jwt'

function introspect({ post }: BackChannelScene, token: string, headers: Form = {}): Promise<ContractAnswer> {
  return post('/introspect', { token }, { headers: { ...authenticated.headers, ...headers } })
}

function sceneWith(stage: Stage, introspection: Partial<IntrospectionHandlerOptions>): Promise<BackChannelScene> {
  return backChannelScene(stage, { introspection })
}

/** RFC 7662 §2.2: nothing but `active` is told about a token that is not active. */
function assertInactive(answer: ContractAnswer): void {
  assert.deepEqual([answer.status, answer.body, answer.headers['cache-control']], [200, '{"active":false}', 'no-store'])
}

function assertActive(answer: ContractAnswer, members: object): void {
  assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/json'])
  const told = JSON.parse(answer.body) as Readonly<Record<string, unknown>>
  assert.deepEqual({ ...told, ...members, active: true }, told)
}

const inactive: Readonly<Record<string, (cast: Cast) => Promise<string>>> = {
  'no token of this service': async () => 'opaque',
  expired: ({ issuer }) => issuer.forged.expired(),
  'signed with another key': ({ issuer }) => issuer.forged.wrongKey(),
  'of another issuer': ({ other }) => other.issue(),
  'a logout token': ({ issuer }) => issuer.forged.wrongTyp(),
  'too long': ({ issuer }) => issuer.forge({ claims: { padding: 'x'.repeat(20_000) } }),
}

type Members = Readonly<Record<string, unknown>>

/** Verifies an ES256 signature with the one key of the provider. */
async function verified(jws: string, keys: LocalKeyProvider): Promise<{ header: Members; claims: Members }> {
  const [header = '', claims = '', signature = ''] = jws.split('.')
  const [jwk] = (await keys.publishedJwks()).keys
  assert.ok(jwk !== undefined)
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const
  assert.ok(verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url')))
  return { header: membersIn(header), claims: membersIn(claims) }
}

function membersIn(segment: string): Members {
  return JSON.parse(Buffer.from(segment, 'base64url').toString()) as Members
}

/** RFC 7662, from the side of the server. */
export const introspectionCases: Cases = {
  async 'tells the claims of an active token, and how it is presented'(stage) {
    const scene = await sharedBackChannel(stage)
    const token = await scene.issuer.issue({ sub: 'user-2', scope: 'a b' })
    const { issuer } = scene.issuer
    assertActive(await introspect(scene, token), { iss: issuer, sub: 'user-2', scope: 'a b', token_type: 'Bearer' })
    const bound = await scene.issuer.forge({ claims: { cnf: { jkt: 'thumbprint' } } })
    assertActive(await introspect(scene, bound), { cnf: { jkt: 'thumbprint' }, token_type: 'DPoP' })
  },

  ...Object.fromEntries(
    Object.entries(inactive).map(([title, token]) => [
      `tells of a token that is not valid (${title}) only that it is not active, and tells onFailure why`,
      async (stage) => {
        const scene = await sharedBackChannel(stage)
        assertInactive(await introspect(scene, await token(scene)))
        assert.equal(scene.failures.length, 1)
      },
    ]),
  ),

  async 'tells that a revoked token is not active'(stage) {
    const isRevoked = ({ sub }: { readonly sub?: string }): boolean => sub === 'user-2'
    const scene = await backChannelScene(stage, ({ issuer: { issuer } }) => ({
      introspection: { verification: { issuer, audience: null, isRevoked } },
    }))
    assertActive(await introspect(scene, await scene.issuer.issue()), { sub: 'user-1' })
    assertInactive(await introspect(scene, await scene.issuer.issue({ sub: 'user-2' })))
    assert.deepEqual(scene.failures, ['token_revoked'])
  },

  async 'finds opaque tokens, and JWTs if there are rules for them'(stage) {
    const exp = Math.floor(Date.now() / 1000) + 60
    const find = async (token: string): Promise<object | undefined> => {
      return token.startsWith('known') ? { sub: 'user-3', exp: token === 'known-old' ? exp - 61 : exp } : undefined
    }
    const scene = await sceneWith(stage, { find } as Partial<IntrospectionHandlerOptions>)
    assertActive(await introspect(scene, 'known'), { sub: 'user-3', exp })
    assertInactive(await introspect(scene, 'known-old'))
    assertInactive(await introspect(scene, 'unknown'))
    assertActive(await introspect(scene, await scene.issuer.issue()), { sub: 'user-1' })
    const alone = await sceneWith(stage, { find, verification: undefined } as Partial<IntrospectionHandlerOptions>)
    assertInactive(await introspect(alone, await alone.issuer.issue()))
  },

  async 'tells a client that authenticate names only of tokens that are meant for it or were issued to it'(stage) {
    const scene = await sceneWith(stage, { authenticate: async () => 'client-1' })
    const { forge, audience } = scene.issuer
    for (const claims of [{ aud: 'client-1' }, { aud: [audience, 'client-1'] }, { client_id: 'client-1' }])
      assertActive(await introspect(scene, await forge({ claims })), claims)
    for (const claims of [{ aud: 'client-2' }, { aud: undefined, client_id: 'client-2' }])
      assertInactive(await introspect(scene, await forge({ claims })))
    const asked = await sceneWith(stage, {
      authenticate: () => 'client-1',
      isMeantFor: (_client, { sub }) => sub === 'a',
    })
    assertActive(await introspect(asked, await asked.issuer.issue({ sub: 'a' })), { sub: 'a' })
    assertInactive(await introspect(asked, await asked.issuer.issue({ sub: 'b' })))
  },

  async 'refuses clients that are not authenticated, whatever they send'(stage) {
    const scene = await sharedBackChannel(stage)
    for (const form of [{ token: await scene.issuer.issue() }, {}, { token: 'opaque' }] as Form[]) {
      const { headers } = assertRefused(await scene.post('/introspect', form), 401, 'invalid_client')
      assert.equal(headers['www-authenticate'], 'Basic realm="introspection"')
    }
  },

  async 'refuses a request without a token'(stage) {
    const scene = await sharedBackChannel(stage)
    for (const form of [{}, { token: '' }] as Form[])
      assertRefused(await scene.post('/introspect', form, authenticated), 400, 'invalid_request')
  },

  async 'answers 503 while the keys are unavailable, or if a function of the application fails'(stage) {
    const failing = [
      { authenticate: () => undefined },
      { find: () => 'claims' },
      { find: () => ({ exp: 'soon' }) },
      { find: () => ({}), authenticate: () => 'client-1', isMeantFor: async () => true },
      {
        find: () => {
          throw new Error('the database is down')
        },
      },
    ]
    for (const introspection of failing) {
      const scene = await backChannelScene(stage, { introspection } as unknown as BackChannelChange)
      assertRefused(await introspect(scene, 'opaque'), 503, 'temporarily_unavailable')
      assert.deepEqual(scene.failures, ['verification_unavailable'])
    }
    const scene = await backChannelScene(stage)
    const token = await scene.issuer.issue()
    scene.issuer.fail({ kind: 'down' })
    assertRefused(await introspect(scene, token), 503, 'temporarily_unavailable')
    assert.deepEqual(scene.failures, ['key_source_unavailable'])
  },

  async 'signs the answer for a client that asks for it (RFC 9701)'(stage) {
    const keys = new LocalKeyProvider()
    await keys.createKey({ alg: 'ES256', kid: 'answers' })
    const issuer = 'https://issuer.example.com'
    const scene = await sceneWith(stage, { authenticate: () => 'client-1', signing: { keys, issuer } })
    const token = await scene.issuer.forge({ claims: { aud: 'client-1' } })
    for (const [asked, isActive] of [
      [token, true],
      ['opaque', false],
    ] as const) {
      const { status, body, headers } = await introspect(scene, asked, { accept: signedType })
      assert.deepEqual([status, headers['content-type'], headers['cache-control']], [200, signedType, 'no-store'])
      const { header, claims } = await verified(body, keys)
      assert.deepEqual([header['typ'], header['alg']], ['token-introspection+jwt', 'ES256'])
      const { iat, token_introspection: answer, ...others } = claims
      assert.deepEqual([others, typeof iat], [{ iss: issuer, aud: 'client-1' }, 'number'])
      assert.equal((answer as { active: boolean }).active, isActive)
    }
    for (const accept of ['application/json', '*/*', `${signedType};q=0`])
      assertActive(await introspect(scene, token, { accept }), {})
  },

  async 'does not sign for a client without a name, or without a key'(stage) {
    const keys = new LocalKeyProvider()
    const signing = { keys, issuer: 'https://issuer.example.com' }
    const accept = signedType
    const unnamed = await sceneWith(stage, { signing })
    assertRefused(await introspect(unnamed, 'opaque', { accept }), 400, 'invalid_request')
    const keyless = await sceneWith(stage, { signing, authenticate: () => 'client-1' })
    await assert.rejects(keys.signingKey(), KeyNotFoundError)
    assertRefused(await introspect(keyless, 'opaque', { accept }), 503, 'temporarily_unavailable')
  },
}

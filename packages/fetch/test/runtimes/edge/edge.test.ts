import type * as Core from '@bearerkit/core'
import { createDpopClient, testIssuer } from '@bearerkit/testing'
import { bundleFor, edgeConditions, edgeRuntime, emptyEdge } from './edge-runtime.ts'

const entries = ['packages/fetch/src/index.ts', 'packages/fetch/src/hono/index.ts', 'packages/core/src/index.ts']
const platforms = Object.entries(edgeConditions).flatMap(([platform, conditions]) =>
  entries.map((entry) => [platform, entry, conditions] as const),
)

test.each(platforms)(
  'a bundle for %s of %s imports nothing, of Node or others',
  async (_platform, entry, conditions) => {
    expect((await bundleFor(conditions, entry)).imports).toEqual([])
  },
)

test('without these conditions, it would import modules of Node', async () => {
  await expect(bundleFor([], 'packages/fetch/src/index.ts')).rejects.toThrow('Could not resolve "node:crypto"')
})

test('the context of these tests has nothing of Node', () => {
  const found: unknown = emptyEdge().evaluate('[typeof Buffer, typeof process, typeof require, typeof setImmediate]')
  expect(found).toEqual(['undefined', 'undefined', 'undefined', 'undefined'])
})

test('a handler on web standards alone verifies tokens, and accepts each DPoP proof once', async () => {
  const url = 'https://api.example.com/me'
  const { bearerkit, Request, Response } = await edgeRuntime()
  const issuer = await testIssuer()
  const api = bearerkit.protect(
    bearerkit.verifyJwt({ ...issuer.verifierOptions({ audience: 'api' }), dpop: true }),
    ({ auth }) => Response.json({ subject: auth.claims.sub, proof: auth.proof?.kind }),
  )
  const client = await createDpopClient()
  const token = await issuer.issue({ sub: 'user-7' }, { boundTo: { jkt: client.jkt } })
  const headers = { authorization: `DPoP ${token}`, dpop: await client.proof({ url, token }) }
  expect(await (await api(new Request(url, { headers }))).json()).toEqual({ subject: 'user-7', proof: 'dpop' })
  expect((await api(new Request(url, { headers }))).status).toBe(401)
})

describe('what needs Node', () => {
  let core: typeof Core

  beforeAll(async () => {
    const { code } = await bundleFor(edgeConditions['Cloudflare Workers'] ?? [], 'packages/core/src/index.ts')
    const vm = emptyEdge()
    vm.evaluate(code)
    core = vm.evaluate('bearerkit')
  })

  async function createStoredKey(): Promise<void> {
    const keys = await core.StoredKeyProvider.open({ store: core.memoryStore() })
    try {
      await keys.createKey({ alg: 'ES256' })
    } finally {
      await keys.close()
    }
  }

  const named = { issuer: 'https://issuer.example.com', audience: 'api' }

  test.each<[string, () => unknown, string]>([
    ['mtls', () => new core.Authenticator({ ...named, mtls: true }), 'mtls'],
    ['a local key', () => new core.LocalKeyProvider().createKey({ alg: 'ES256' }), 'node:crypto'],
    ['an imported key', () => new core.LocalKeyProvider().importKey({ alg: 'RS256' }, 'x'), 'node:crypto'],
    ['a folder of records', () => core.fileStore('keys'), 'node:path'],
    ['revocations', () => core.Revocations.open(), 'node:crypto'],
    ['stored keys', createStoredKey, 'node:crypto'],
  ])('is named in a ConfigurationError: %s', async (_what, use, option) => {
    await expect((async () => use())()).rejects.toMatchObject({ name: 'ConfigurationError', option })
  })
})

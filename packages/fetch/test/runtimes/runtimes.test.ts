import { existsSync } from 'node:fs'
import { createDpopClient, createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import { runtimes, workerd } from './programs.ts'
import { type Started, starts } from './started.ts'

describe.each(starts)('on %s', (_name, start) => {
  let started: Started
  let origin: string
  let issuer: TestIssuer

  beforeAll(async () => {
    issuer = await createTestIssuer()
    started = await start(issuer)
    ;({ origin } = started)
  })

  afterAll(async () => {
    await started.stop()
    await issuer.close()
  })

  async function ask(authorization?: string, path = '/me', more: Record<string, string> = {}): Promise<Response> {
    return fetch(`${origin}${path}`, {
      headers: { ...(authorization !== undefined && { authorization }), ...more },
    })
  }

  test.each<[string, () => Promise<string | undefined>, string, number, string]>([
    ['no credentials', async () => undefined, '/me', 401, 'Bearer realm="api"'],
    ['a malformed header', async () => 'Bearer', '/me', 400, 'error="invalid_request"'],
    ['two tokens', async () => 'Bearer a, Bearer b', '/me', 400, 'There is more than one access token'],
    ['a good token', async () => `Bearer ${await issuer.issue()}`, '/me', 200, ''],
    ['an expired token', async () => `Bearer ${await issuer.forged.expired()}`, '/me', 401, 'has expired'],
    ['a token of another key', async () => `Bearer ${await issuer.forged.wrongKey()}`, '/me', 401, 'invalid_token'],
    ['an unsigned token', async () => `Bearer ${await issuer.forged.algNone()}`, '/me', 401, 'invalid_token'],
    ['a token without the scope', async () => `Bearer ${await issuer.issue()}`, '/reports', 403, 'reports:read'],
  ])('answers %s', async (_what, authorization, path, status, challenge) => {
    const response = await ask(await authorization(), path)
    expect([response.status, response.headers.get('www-authenticate') ?? '']).toEqual([
      status,
      expect.stringContaining(challenge),
    ])
  })

  test('answers a token again from memory', async () => {
    const token = await issuer.issue({ sub: 'user-8' })
    const first = await ask(`Bearer ${token}`)
    const second = await ask(`Bearer ${token}`)
    expect([await first.json(), await second.json()]).toEqual([{ subject: 'user-8' }, { subject: 'user-8' }])
  })

  test('accepts tokens of a new key, also if several arrive at once', async () => {
    await issuer.rotateKey()
    const tokens = await Promise.all(Array.from({ length: 5 }, () => issuer.issue()))
    const responses = await Promise.all(tokens.map((token) => ask(`Bearer ${token}`)))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  })

  test('checks DPoP proofs', async () => {
    const client = await createDpopClient()
    const token = await issuer.issue({ sub: 'user-9' }, { boundTo: { jkt: client.jkt } })
    const dpop = await client.proof({ url: `${origin}/me`, token })
    expect(await (await ask(`DPoP ${token}`, '/me', { dpop })).json()).toEqual({ subject: 'user-9', proof: 'dpop' })
    expect((await ask(`DPoP ${token}`, '/me', { dpop })).status).toBe(401)
  })
})

test('the programs are installed', () => {
  const programs = [...runtimes.map(([, program]) => program), workerd]
  expect(programs.filter((program) => !existsSync(program))).toEqual([])
})

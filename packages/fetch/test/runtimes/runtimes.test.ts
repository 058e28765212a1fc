import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createDpopClient, createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import { Bundle } from '../../../core/test/support/bundle.ts'
import { runtimes } from './programs.ts'

let bundle: Bundle

beforeAll(async () => {
  bundle = await Bundle.at(join(__dirname, 'server.ts'))
})
afterAll(() => bundle.remove())

describe.each(runtimes)('on %s', (_name, program, options) => {
  let child: ChildProcess
  let origin: string
  let issuer: TestIssuer

  beforeAll(async () => {
    issuer = await createTestIssuer()
    const environment = { BEARERKIT_ISSUER: issuer.issuer, BEARERKIT_AUDIENCE: issuer.audience }
    child = spawn(program, [...options, bundle.path], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    origin = `http://127.0.0.1:${await portOf(child)}`
  })

  afterAll(async () => {
    child.kill('SIGKILL')
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

  test('checks DPoP proofs', async () => {
    const client = await createDpopClient()
    const token = await issuer.issue({ sub: 'user-9' }, { boundTo: { jkt: client.jkt } })
    const dpop = await client.proof({ url: `${origin}/me`, token })
    expect(await (await ask(`DPoP ${token}`, '/me', { dpop })).json()).toEqual({ subject: 'user-9', proof: 'dpop' })
    expect((await ask(`DPoP ${token}`, '/me', { dpop })).status).toBe(401)
  })
})

async function portOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the output of the program is not read')
  for await (const line of createInterface(child.stdout)) {
    const [, port] = /^port (\d+)$/.exec(line) ?? []
    if (port !== undefined) return port
  }
  throw new Error('the program ended before it listened')
}

test('the programs are installed', () => {
  expect(runtimes.map(([, program]) => existsSync(program))).toEqual([true, true])
})

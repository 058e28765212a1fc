import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  createDpopClient,
  createTestCertificate,
  createTestIssuer,
  type DpopClient,
  type TestCertificate,
  type TestIssuer,
} from '@bearerkit/testing'
import { type Answer, askOverTls } from '../../test/mutual-tls/client.ts'
import { redisForTests, redisPatience } from '../../test/support/redis-server.ts'

const own = createTestCertificate()
const certificate = createTestCertificate()
const scope = 'accounts'

let folder: string
let issuer: TestIssuer
let client: DpopClient
let redis: Awaited<ReturnType<typeof redisForTests>>
const instances: ChildProcess[] = []
let ports: readonly number[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bearerkit-fapi-'))
  await writeFile(join(folder, 'server.key'), own.key)
  await writeFile(join(folder, 'server.pem'), own.cert)
  ;[issuer, client, redis] = await Promise.all([createTestIssuer(), createDpopClient(), redisForTests()])
  ports = await Promise.all([start(), start()])
}, redisPatience)

afterAll(async () => {
  for (const instance of instances) instance.kill()
  await Promise.all(instances.map((instance) => once(instance, 'exit')))
  await Promise.all([issuer.close(), redis.close(), rm(folder, { recursive: true })])
})

/** Starts an instance on a free port. All instances count as one resource for clients. */
async function start(): Promise<number> {
  const env = {
    ...process.env,
    PORT: '0',
    PUBLIC_URL: 'https://api.example.com',
    NONCE_SECRET: 'a secret of this test, of at least 32 characters',
    REDIS_URL: redis.url,
    BEARERKIT_ISSUER: issuer.issuer,
    BEARERKIT_AUDIENCE: issuer.audience,
  }
  const program = join(__dirname, '../dist/fapi.js')
  const instance = spawn(process.execPath, [program], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  instances.push(instance)
  for await (const line of createInterface(instance.stdout)) {
    const port = /listens on https:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (port !== undefined) return Number(port)
  }
  throw new Error('the example did not start')
}

function ask(
  headers: Record<string, string>,
  presented: Partial<TestCertificate> = {},
  port = ports[0],
): Promise<Answer> {
  return askOverTls(presented, { port, path: '/accounts', headers })
}

const url = 'https://api.example.com/accounts'

/** The headers of a request with a DPoP proof. Asks for a nonce first, as RFC 9449 §9 describes. */
async function proven(token: string): Promise<{ authorization: string; dpop: string }> {
  const authorization = `DPoP ${token}`
  const { headers } = await ask({ authorization, dpop: await client.proof({ url, token }) })
  return { authorization, dpop: await client.proof({ url, token, nonce: String(headers['dpop-nonce']) }) }
}

test('accepts a token that is bound to a certificate, over a connection with it', async () => {
  const token = await issuer.issue({ scope }, { boundTo: { certificate: certificate.cert } })
  const { status, body } = await ask({ authorization: `Bearer ${token}` }, certificate)
  expect([status, JSON.parse(body)]).toEqual([200, { accounts: [], for: 'user-1', proof: 'mtls' }])
})

test('refuses it over another connection', async () => {
  const token = await issuer.issue({ scope }, { boundTo: { certificate: certificate.cert } })
  expect(await ask({ authorization: `Bearer ${token}` }, createTestCertificate())).toMatchObject({ status: 401 })
  expect(await ask({ authorization: `Bearer ${token}` })).toMatchObject({ status: 401 })
})

test('accepts a token that is bound to a DPoP key, with a proof that has a nonce', async () => {
  const token = await issuer.issue({ scope }, { boundTo: { jkt: client.jkt } })
  const { status, body } = await ask(await proven(token))
  expect([status, JSON.parse(body)]).toEqual([200, { accounts: [], for: 'user-1', proof: 'dpop' }])
})

test('accepts a proof once, whichever instance gets it', async () => {
  const token = await issuer.issue({ scope }, { boundTo: { jkt: client.jkt } })
  const headers = await proven(token)
  const statuses = await Promise.all(ports.map(async (port) => (await ask(headers, {}, port)).status))
  expect(statuses.toSorted((one, other) => Number(one) - Number(other))).toEqual([200, 401])
})

test('refuses a token that is bound to nothing', async () => {
  const { status, headers } = await ask({ authorization: `Bearer ${await issuer.issue({ scope })}` }, certificate)
  expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining('error="invalid_token"')])
})

test('refuses a bound token of another kind', async () => {
  const cnf = { 'x5t#S256': certificate.thumbprint }
  const token = await issuer.forge({ header: { typ: 'logout+jwt' }, claims: { scope, cnf } })
  expect(await ask({ authorization: `Bearer ${token}` }, certificate)).toMatchObject({ status: 401 })
})

test('refuses a bound token without the scope', async () => {
  const token = await issuer.issue({}, { boundTo: { certificate: certificate.cert } })
  expect(await ask({ authorization: `Bearer ${token}` }, certificate)).toMatchObject({ status: 403 })
})

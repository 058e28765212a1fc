import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { RemoteJwksKeyProvider } from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'
import { createTestCertificate } from '../../packages/testing/src/tokens/certificate.ts'
import type { Runbook } from './runbook.ts'
import { bearerService, passed, refused } from './service.ts'

/** The values of the page. */
const [issuerOnPage, audienceOnPage] = ['https://issuer.example.com', 'https://api.example.com']
const minute = 60_000

export async function allTokensAreRefused(book: Runbook): Promise<void> {
  const issuer = await createTestIssuer()
  const audience = `${issuer.audience}/`
  const token = await issuer.issue()
  book.says('`audience_mismatch`', '`key_unknown`')
  expect(await bearerService({ issuer: issuer.issuer, audience })(token)).toMatchObject(refused('audience_mismatch'))

  writeFileSync('token.txt', token)
  const own = { [issuerOnPage]: issuer.issuer, [audienceOnPage]: audience }
  const explained = await book.run('explain', own)
  expect(explained).toMatchObject({ code: 1, stdout: expect.stringContaining(`expected: \`aud\` "${audience}"`) })
  expect(explained.stdout).toContain('Only the slash at the end differs')

  const clock = { now: () => Date.now() + 20 * minute }
  const examined = await book.run('doctor', own, { clock })
  expect(examined.code).toBe(1)
  expect(examined.stdout).toMatch(/The clock of the issuer is (19|20) minutes .*behind the one here/)

  await issuer.rotateKey()
  await issuer.keys.destroyKey('test', 1)
  const later = bearerService({ issuer: issuer.issuer, audience: issuer.audience })
  expect(await later(token)).toMatchObject(refused('key_unknown'))
  expect(await later(await issuer.issue())).toMatchObject(passed)
  await issuer.close()
}

export async function unavailableAfterADeploy(book: Runbook): Promise<void> {
  const issuer = await createTestIssuer()
  const options = { issuer: issuer.issuer, audience: issuer.audience }
  const token = await issuer.issue()
  const former = new RemoteJwksKeyProvider({ issuer: issuer.issuer })
  const old = bearerService({ ...options, keys: former })
  expect(await old(token)).toMatchObject(passed)
  const snapshot = former.snapshot()

  issuer.fail({ kind: 'down' })
  const refusal = await bearerService(options)(token)
  expect(refusal).toMatchObject({ status: 503, code: 'key_source_unavailable' })
  expect(refusal.error).toMatch(/^RequestRefusedError: .*ECONNRESET$/)
  expect(refusal.error).toContain(issuer.issuer)
  expect(await old(token)).toMatchObject(passed)
  const examined = await book.run('doctor', { [issuerOnPage]: issuer.issuer })
  expect(examined).toMatchObject({ code: 3, stdout: expect.stringContaining('no answer: ECONNRESET') })

  const keys = new RemoteJwksKeyProvider({ issuer: issuer.issuer })
  await expect(book.call('await keys.ready()', { keys })).rejects.toMatchObject({ code: 'key_source_unavailable' })
  const restored = new RemoteJwksKeyProvider({ issuer: issuer.issuer, snapshot })
  await restored.ready()
  expect(await bearerService({ ...options, keys: restored })(token)).toMatchObject(passed)
  for (const provider of [former, keys, restored]) provider.close()
  await issuer.close()

  book.says('`ECONNREFUSED` is a server that does not listen', 'A code with `CERT` in it')
  expect((await book.run('doctor', { [issuerOnPage]: issuer.issuer })).stdout).toContain('no answer: ECONNREFUSED')
  const other = await untrusted()
  expect((await book.run('doctor', { [issuerOnPage]: other.url })).stdout).toMatch(/no answer: \w*CERT\w*/)
  other.close()
}

/** An issuer whose certificate nobody trusts. */
async function untrusted(): Promise<{ readonly url: string; close(): void }> {
  const { cert, key } = createTestCertificate({ commonName: 'localhost' })
  const server = createServer({ cert, key }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `https://localhost:${port}`, close: () => void server.close() }
}

export async function theProviderRotated(book: Runbook): Promise<void> {
  const issuer = await createTestIssuer()
  let now = Date.now()
  const keys = new RemoteJwksKeyProvider({ issuer: issuer.issuer, clock: { now: () => now } })
  const unknown: boolean[] = []
  keys.on('unknownKid', ({ asked }) => unknown.push(asked))
  const api = bearerService({ issuer: issuer.issuer, audience: issuer.audience, keys })
  expect(await api(await issuer.issue())).toMatchObject(passed)
  await issuer.rotateKey()
  expect(await api(await issuer.issue())).toMatchObject(passed)

  const early = await issuer.forged.unknownKid()
  expect(await api(early)).toMatchObject(refused('key_unknown'))
  const own = { [issuerOnPage]: issuer.issuer }
  const { code, stdout } = await book.run('doctor', own)
  expect([code, kidsIn(stdout)]).toEqual([0, ['test.1', 'test.2']])

  for (let sent = 0; sent < 40; sent += 1) await api(await issuer.forged.unknownKid())
  expect(unknown).toContain(false)
  expect(await api(await issuer.issue())).toMatchObject(passed)
  await issuer.rotateKey()
  expect(await api(await issuer.issue())).toMatchObject(refused('key_unknown'))
  now += 15_000
  expect(await api(await issuer.issue())).toMatchObject(passed)
  keys.close()
  await issuer.close()
}

/** The keys in what `doctor` prints. */
function kidsIn(printed: string): string[] {
  return [...printed.matchAll(/^ {2}(\S+) .* used$/gm)].map(([, kid]) => String(kid))
}

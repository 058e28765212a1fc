import {
  fileStore,
  LocalKeyProvider,
  RemoteJwksKeyProvider,
  Revocations,
  StoredKeyProvider,
  TokenIssuer,
} from '@bearerkit/core'
import { createTestIssuer } from '@bearerkit/testing'
import { eventually } from '../../packages/redis/test/setting.ts'
import type { Runbook } from './runbook.ts'
import { bearerService, passed, refused } from './service.ts'

const kid = 'orders'
const own = { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }

export async function aKeyLeaked(book: Runbook): Promise<void> {
  await inAStore(book)
  await inMemory(book)
  await ofTheProvider(book)
  await aSingleToken(book)
}

async function inAStore(book: Runbook): Promise<void> {
  const [one, other] = [await opened(), await opened()]
  await one.ensureKey({ alg: 'ES256', kid })
  await one.rotateKey(kid)
  await one.rotateKey(kid)
  const leaked = await tokensOf(one).issue({ sub: 'user-1' })
  const api = bearerService({ ...own, keys: other })
  await eventually(async () => (await api(leaked)).status === 200)

  expect((await book.run('keys list')).stdout).toMatch(/orders\.3 +ES256 +active/)
  expect(await book.run('keys rotate')).toMatchObject({ code: 0, stdout: expect.stringContaining('orders.4') })
  const destroyed = await book.run('keys destroy', {}, { typed: 'y\n' })
  expect(destroyed).toMatchObject({ code: 0, stdout: expect.stringContaining('destroyed: orders.3') })
  await eventually(async () => (await api(leaked)).reason === 'key_unknown')
  await eventually(async () => (await api(await tokensOf(one).issue({ sub: 'user-1' }))).status === 200)
  await Promise.all([one.close(), other.close()])
}

function opened(): Promise<StoredKeyProvider> {
  return StoredKeyProvider.open({ store: fileStore('./keys') })
}

function tokensOf(keys: StoredKeyProvider | LocalKeyProvider): TokenIssuer {
  return new TokenIssuer({ ...own, keys })
}

async function inMemory(book: Runbook): Promise<void> {
  const keys = new LocalKeyProvider()
  await keys.createKey({ alg: 'ES256', kid })
  await keys.rotateKey(kid)
  await keys.rotateKey(kid)
  const api = bearerService({ ...own, keys })
  const leaked = await tokensOf(keys).issue({ sub: 'user-1' })
  expect(await api(leaked)).toMatchObject(passed)
  await book.call('await keys.rotateKey', { keys })
  await book.call('await keys.destroyKey', { keys })
  expect(await api(leaked)).toMatchObject(refused('key_unknown'))
  expect(await api(await tokensOf(keys).issue({ sub: 'user-1' }))).toMatchObject(passed)
}

async function ofTheProvider(book: Runbook): Promise<void> {
  const issuer = await createTestIssuer()
  const keys = new RemoteJwksKeyProvider({ issuer: issuer.issuer })
  const api = bearerService({ issuer: issuer.issuer, audience: issuer.audience, keys })
  const leaked = await issuer.issue()
  expect(await api(leaked)).toMatchObject(passed)
  await issuer.rotateKey()
  await issuer.keys.destroyKey('test', 1)
  expect(await api(leaked)).toMatchObject(passed)
  await book.call('await keys.refresh', { keys })
  expect(await api(leaked)).toMatchObject(refused('key_unknown'))
  keys.close()
  await issuer.close()
}

async function aSingleToken(book: Runbook): Promise<void> {
  book.says('[revoke it](revocation.md)')
  const issuer = await createTestIssuer()
  const revocations = await Revocations.open({ longestTokenLifetime: '1h' })
  const api = bearerService({ issuer: issuer.issuer, audience: issuer.audience, isRevoked: revocations })
  const leaked = await issuer.issue({ jti: 'leaked' })
  expect(await api(leaked)).toMatchObject(passed)
  await revocations.revoke({ jti: 'leaked' })
  expect(await api(leaked)).toMatchObject(refused('token_revoked'))
  await revocations.close()
  await issuer.close()
}

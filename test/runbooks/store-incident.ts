import {
  LocalKeyProvider,
  memoryReplayStore,
  type ReplayStore,
  Revocations,
  StoredKeyProvider,
  TokenIssuer,
} from '@bearerkit/core'
import { redisReplayStore, redisStore } from '@bearerkit/redis'
import { createDpopClient } from '@bearerkit/testing'
import { createClient } from 'redis'
import { bearerkit } from '../../packages/cli/test/support/terminal.ts'
import { connected } from '../../packages/redis/test/clients.ts'
import { eventually } from '../../packages/redis/test/setting.ts'
import { RedisServer } from '../support/redis-server.ts'
import type { Runbook } from './runbook.ts'
import { passed, type Seen, service } from './service.ts'

const own = { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }
const hour = 3_600_000

export async function aStoreIsDown(book: Runbook): Promise<void> {
  const server = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always')
  const client = await connected(createClient({ url: server.url }))
  let ahead = 0
  const clock = { now: () => Date.now() + ahead }
  const timing = { clock, requestTimeout: '300ms', pollInterval: '100ms', random: () => 0 } as const
  const openKeys = (): Promise<StoredKeyProvider> =>
    StoredKeyProvider.open({ store: redisStore(client, { prefix: 'orders:' }), ...timing })
  const stored = await openKeys()
  await stored.ensureKey({ alg: 'ES256', kid: 'orders' })
  const revocations = await Revocations.open({ store: redisStore(client, { prefix: 'revoked:' }), ...timing })
  await revocations.revoke({ jti: 'revoked' })

  const local = new LocalKeyProvider()
  await local.createKey({ alg: 'ES256' })
  const ask = await asking(stored, service({ ...own, keys: stored }))
  const askRevocable = await asking(local, service({ ...own, keys: local, isRevoked: revocations }))
  const prove = await proving(local, redisReplayStore(client, { requestTimeout: '300ms' }))
  const askAll = async (): Promise<Seen[]> => [await ask(), await askRevocable(), await prove()]
  expect(await askAll()).toMatchObject([passed, passed, passed])

  let told = 0
  stored.on('storeUnavailable', () => (told += 1))
  await server.kill()
  await eventually(() => told > 0)
  expect(await askAll()).toMatchObject([passed, passed, unavailable('replay_store_unavailable', 'redis')])
  book.says('`revoke()` and `keys rotate` fail visibly', 'A new one cannot read the store')
  await expect(revocations.revoke({ jti: 'another' })).rejects.toMatchObject({ code: 'key_store_unavailable' })
  const options = ['--store', server.url, '--prefix', 'orders:']
  expect(await bearerkit(['keys', 'rotate', 'orders', ...options])).toMatchObject({ code: 3 })
  await expect(openKeys()).rejects.toMatchObject({ code: 'key_store_unavailable' })

  book.says('for an hour (`staleIfError`)')
  ahead = 1.1 * hour
  expect([await ask(), await askRevocable()]).toMatchObject([
    unavailable('key_store_unavailable', 'redis orders:'),
    unavailable('verification_unavailable', 'redis revoked:'),
  ])

  await server.start()
  await eventually(() => [stored, revocations].every((one) => one.health().state === 'fresh'))
  expect(await askAll()).toMatchObject([passed, passed, passed])

  let lost = 0
  revocations.on('storeReset', (detail) => (lost = detail.lost))
  await client.flushAll()
  await eventually(() => lost > 0)
  expect([lost, await revocations.restore()]).toEqual([1, 1])
  await Promise.all([stored.close(), revocations.close()])
  client.destroy()
  await server.close()
  await aFullStoreInMemory(book, local)
}

async function aFullStoreInMemory(book: Runbook, keys: LocalKeyProvider): Promise<void> {
  book.says('a `memoryReplayStore` is full')
  const prove = await proving(keys, memoryReplayStore({ max: 1, maxPerGroup: 1 }))
  expect([await prove(), await prove()]).toMatchObject([passed, unavailable('replay_store_unavailable', '`max`')])
}

type Keys = StoredKeyProvider | LocalKeyProvider

/** Sends the same token each time. */
async function asking(keys: Keys, send: ReturnType<typeof service>): Promise<() => Promise<Seen>> {
  const token = await new TokenIssuer({ ...own, keys, expiresIn: '1h' }).issue({ sub: 'user-1' })
  return () => send({ authorization: `Bearer ${token}` })
}

/** Sends the same token each time, with a new proof. */
async function proving(keys: Keys, replay: ReplayStore): Promise<() => Promise<Seen>> {
  const url = 'http://localhost/'
  const client = await createDpopClient()
  const token = await new TokenIssuer({ ...own, keys }).issue({ sub: 'user-1' }, { boundTo: { jkt: client.jkt } })
  const send = service({ ...own, keys, dpop: { replay } })
  return async () => send({ authorization: `DPoP ${token}`, dpop: await client.proof({ url, token }) })
}

function unavailable(code: string, named: string): Partial<Seen> {
  return { status: 503, code, error: expect.stringContaining(named) as string }
}

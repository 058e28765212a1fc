import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { RedisServer, redisPatience } from '../../../../test/support/redis-server.ts'
import { TcpProxy } from '../../../../test/support/tcp-proxy.ts'
import { Program } from '../../../core/test/support/program.ts'
import { quickTemporary } from '../../../core/test/support/temporary.ts'
import { RemoteObject } from '../fleet/processes.ts'
import type { StoreOfService } from '../fleet/store-of-service.ts'
import { clientOf, eventually, newPrefix } from '../setting.ts'
import type { RevocationService, ServiceOptions } from './service.ts'

type Instance = RemoteObject<RevocationService>

let program: Program
let redis: RedisServer

beforeAll(async () => {
  program = await Program.at(join(__dirname, 'service.ts'))
  redis = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always')
}, redisPatience)

afterAll(async () => {
  await program.close()
  await redis.close()
})

const open: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

async function instance(store: StoreOfService, options: Partial<ServiceOptions> = {}): Promise<Instance> {
  const started: Instance = new RemoteObject(program.start())
  // A busy machine takes its time.
  await started.open({ store, pollInterval: '1h', requestTimeout: '60s', ...options })
  open.push({ close: () => started.call.close() })
  return started
}

async function behindProxy(prefix: string, client: string) {
  const proxy = await TcpProxy.start(redis.port)
  open.push(proxy)
  return { proxy, store: { url: proxy.url, client, prefix } }
}

async function statuses(instances: readonly Instance[], token: string): Promise<number[]> {
  return Promise.all(instances.map(({ call }) => call.request(token)))
}

const stores: Readonly<Record<string, () => Promise<StoreOfService>>> = {
  'Redis, over clients of redis': async () => ({ url: redis.url, client: 'redis 6', prefix: newPrefix() }),
  'Redis, over clients of ioredis': async () => ({ url: redis.url, client: 'ioredis 6', prefix: newPrefix() }),
  async 'a folder'() {
    const folder = await mkdtemp(join(quickTemporary, 'bearerkit-'))
    open.push({ close: () => rm(folder, { recursive: true, force: true, maxRetries: 10 }) })
    return { folder: join(folder, 'revocations') }
  },
}

describe.each(Object.entries(stores))('two processes with %s', (_, newStore) => {
  it('accept a token until one of them has revoked its user, and a later token again', async () => {
    const store = await newStore()
    const pair = [await instance(store), await instance(store)] as const
    const [one, other] = pair
    const token = await one.call.issue('user-1')
    expect(await statuses(pair, token)).toEqual([200, 200])
    const heard = other.next('revoked')
    await one.call.revoke({ sub: 'user-1', issuedBefore: Date.now() })
    expect(await one.call.request(token)).toBe(401)
    // No poll is due within the hour.
    await heard
    expect(await statuses(pair, token)).toEqual([401, 401])
    expect(await statuses(pair, await one.call.issue('user-2'))).toEqual([200, 200])
    const nextSecond = Math.floor(Date.now() / 1000)
    await eventually(() => Math.floor(Date.now() / 1000) > nextSecond)
    expect(await statuses(pair, await other.call.issue('user-1'))).toEqual([200, 200])
  })
})

describe.each(['redis 6', 'ioredis 6'])('two processes with Redis, over clients of %s', (client) => {
  it('learn of a revocation at the next poll when messages are lost', async () => {
    const prefix = newPrefix()
    const { proxy, store } = await behindProxy(prefix, client)
    const one = await instance({ url: redis.url, client, prefix })
    const other = await instance(store, { pollInterval: '300ms' })
    proxy.loseMessages()
    const token = await one.call.issue('user-1')
    expect(await other.call.request(token)).toBe(200)
    const heard = other.next('revoked')
    await one.call.revoke({ sub: 'user-1' })
    await heard
    expect(await other.call.request(token)).toBe(401)
  })
})

it('go on while Redis is down, answer 503 when their copies are too old, and recover by themselves', async () => {
  const own = await RedisServer.start()
  open.push(own)
  const store = { url: own.url, client: 'redis 6', prefix: newPrefix() }
  // Short enough to wait for, and long enough for a busy machine to ask in time.
  const limits = { pollInterval: '100ms', staleIfError: '4s', requestTimeout: '500ms' } as const
  const pair = [await instance(store, limits), await instance(store, limits)] as const
  const [one, other] = pair
  const [good, bad] = [await one.call.issue('user-1'), await one.call.issue('user-2')]
  const heard = other.next('revoked')
  await one.call.revoke({ sub: 'user-2' })
  await heard
  const down = Promise.all(pair.map((each) => each.next('storeUnavailable')))
  await own.kill()
  await down
  expect(await statuses(pair, good)).toEqual([200, 200])
  expect(await statuses(pair, bad)).toEqual([401, 401])
  await expect(one.call.revoke({ sub: 'user-1' })).rejects.toMatchObject({ code: 'key_store_unavailable' })
  await eventually(async () => (await statuses(pair, good)).every((status) => status === 503))
  await own.start()
  await eventually(async () => (await statuses(pair, good)).every((status) => status === 200))
  // It has lost everything, which was in memory only; those who know it do not forget it.
  expect(await statuses(pair, bad)).toEqual([401, 401])
  expect(one.told).toContain('storeReset')
  expect(await one.call.health()).toMatchObject({ state: 'fresh', lost: 1 })
}, 60_000)

it('know after a restart of Redis, and of themselves, what was revoked before', async () => {
  const store = { url: redis.url, client: 'redis 6', prefix: newPrefix() }
  const one = await instance(store)
  const token = await one.call.issue('user-1')
  await one.call.revoke({ sub: 'user-1' })
  await redis.kill()
  await redis.start()
  expect(await (await instance(store)).call.request(token)).toBe(401)
})

it('write back what a flushed store has lost, once they are told to', async () => {
  const store = { url: redis.url, client: 'redis 6', prefix: newPrefix() }
  const one = await instance(store)
  const token = await one.call.issue('user-1')
  await one.call.revoke({ sub: 'user-1' })
  const client = await clientOf(redis.url)
  await client.flushAll()
  client.destroy()
  await one.call.refresh()
  expect(one.told).toContain('storeReset')
  expect(await (await instance(store)).call.request(token)).toBe(200)
  expect(await one.call.restore()).toBe(1)
  expect(await (await instance(store)).call.request(token)).toBe(401)
})

import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { RedisServer, redisPatience } from '../../../test/support/redis-server.ts'
import { TcpProxy } from '../../../test/support/tcp-proxy.ts'
import type { RedisClient } from '../src/index.ts'
import { type AppClient, clients, clusterClients, connected, ended, quiet } from './clients.ts'
import { clientOf, eventually, type Instance, instanceOn, newPrefix, startCluster } from './setting.ts'
import { keysOf, run } from './stored-keys.ts'

let server: RedisServer

beforeAll(async () => {
  server = await RedisServer.start()
}, redisPatience)

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

afterAll(() => server.close())

/** A store behind a proxy, and the same store without one. */
async function behindProxy(
  connect: (url: string) => Promise<AppClient>,
): Promise<{ proxy: TcpProxy; far: Instance; near: Instance; prefix: string }> {
  const prefix = newPrefix()
  const proxy = await TcpProxy.start(server.port)
  const app = await connect(proxy.url)
  const client = await clientOf(server.url)
  open.push(proxy, app, { close: () => client.destroy() })
  return { proxy, far: instanceOn(app.client, prefix), near: instanceOn(client, prefix), prefix }
}

describe.each(Object.entries(clients))('over a client of %s', (name, connect) => {
  const resends = name.startsWith('ioredis')

  it('a write that waited for the connection does not take place when nobody waits for it any more', async () => {
    const { proxy, far, near } = await behindProxy(connect)
    await far.read()
    await proxy.refuse()
    const write = far.create('late', 'x', 100)
    const outcome = write.then(
      () => 'written',
      () => 'refused',
    )
    await pause(200)
    await proxy.accept()
    expect(await outcome).toBe('refused')
    // The connection works again, so the write has come and gone.
    await eventually(() => far.create('next', 'x').then(Boolean, () => false))
    expect(await near.ids()).toEqual(['next'])
  })

  it('a write whose answer was lost takes place once', async () => {
    const { proxy, far, near, prefix } = await behindProxy(connect)
    await far.read()
    let isLosing = true
    proxy.pass((data, from) => {
      if (from === 'client' || !isLosing || !data.toString().includes('done')) return true
      isLosing = false
      setImmediate(() => proxy.cut())
      return false
    })
    const outcome = await far.create('one', 'x').catch(() => 'given up')
    const { value, revision } = await near.find('one')
    expect(value).toBe('x')
    // A client that sends it again must not be told that somebody else was faster.
    expect(outcome).toBe(resends ? revision : 'given up')
    const [changes] = await run(
      await openClient(),
      "return { tostring(redis.call('LLEN', KEYS[3])) }",
      keysOf(`{${prefix}}`),
    )
    expect(changes).toBe('1')
  })

  it('a watch comes back after its connection was lost, tells that something may have changed, and ends nothing', async () => {
    const { proxy, far, near } = await behindProxy(connect)
    let calls = 0
    const end = await watch(far, () => (calls += 1))
    await near.create('one', 'x')
    await eventually(() => calls > 0)
    await proxy.refuse()
    await near.create('two', 'x')
    const before = calls
    await proxy.accept()
    await eventually(() => calls > before)
    const then = calls
    await near.create('three', 'x')
    await eventually(() => calls > then)
    await end()
    // The application's own client goes on.
    await eventually(() =>
      far.ids().then(
        (ids) => ids.length === 3,
        () => false,
      ),
    )
  })

  it('a watch rejects, and ends nothing, if the user may not listen; writes need no leave to publish', async () => {
    const admin = await openClient()
    await admin.sendCommand(['ACL', 'SETUSER', 'quiet', 'on', '>secret', '~*', '+@all', 'resetchannels'])
    const app = await connect(server.url.replace('redis://', 'redis://quiet:secret@'))
    open.push(app)
    const instance = instanceOn(app.client, newPrefix())
    await expect(watch(instance, () => undefined)).rejects.toThrow('NOPERM')
    expect(await instance.create('one', 'x')).toBeDefined()
    expect(await instance.ids()).toEqual(['one'])
  })
})

/** Ends with the test at the latest. */
async function watch({ store }: Instance, changed: () => void): Promise<() => Promise<void>> {
  const end = (await store.watch?.(changed)) ?? (async () => undefined)
  open.push({ close: end })
  return end
}

async function openClient(): ReturnType<typeof clientOf> {
  const client = await clientOf(server.url)
  open.push({ close: () => client.destroy() })
  return client
}

describe('a client that is set up otherwise', () => {
  const others: Readonly<Record<string, () => Promise<RedisClient>>> = {
    async 'redis with a prefix for keys'() {
      const client = await connected(createClient({ url: server.url, keyPrefix: 'app:' }))
      open.push({ close: () => client.destroy() })
      return client
    },
    async 'redis that answers with buffers'() {
      const client = await connected(createClient({ url: server.url, commandOptions: { typeMapping: { 36: Buffer } } }))
      open.push({ close: () => client.destroy() })
      return client
    },
    async 'redis with RESP 2'() {
      const client = await connected(createClient({ url: server.url, RESP: 2 }))
      open.push({ close: () => client.destroy() })
      return client
    },
    async 'ioredis with a prefix for keys'() {
      return openIoredis({ keyPrefix: 'app:' })
    },
    async 'ioredis that connects when it is needed'() {
      return openIoredis({ lazyConnect: true })
    },
    async 'ioredis without an offline queue'() {
      const client = openIoredis({ enableOfflineQueue: false })
      await new Promise<void>((resolve) => {
        client.on('ready', resolve)
      })
      return client
    },
  }

  function openIoredis(options: object): Redis {
    const client = quiet(new Redis(server.url, options))
    open.push({ close: () => ended(client) })
    return client
  }

  it.each(Object.entries(others))('of %s reads, writes and watches', async (_, connect) => {
    const prefix = newPrefix()
    const client = await connect()
    const [one, other] = [instanceOn(client, prefix), instanceOn(client, prefix)]
    let calls = 0
    await watch(one, () => (calls += 1))
    await other.create('clé', '鍵')
    await eventually(() => calls > 0)
    expect(await one.find('clé')).toMatchObject({ value: '鍵' })
  })
})

describe('a pool of clients', () => {
  it('reads and writes; its changes are found by polling', async () => {
    const { createClientPool } = await import('redis')
    const pool = createClientPool({ url: server.url })
    pool.on('error', () => undefined)
    await pool.connect()
    open.push({ close: () => pool.destroy() })
    const instance = instanceOn(pool, newPrefix())
    await instance.create('one', 'x')
    expect(await instance.ids()).toEqual(['one'])
    await expect(instance.store.watch?.(() => undefined)).rejects.toThrow('a pool of clients does not subscribe')
  })
})

describe('a server that takes no writes', () => {
  async function withEndedRecord(): Promise<{ prefix: string; revision: string }> {
    const prefix = newPrefix()
    const instance = instanceOn(await openClient(), prefix)
    await instance.create('lasting', 'x')
    await instance.set('brief', 'x', { until: Date.now() + 50 })
    const { revision } = await instance.read()
    await pause(100)
    return { prefix, revision }
  }

  it('can be read when its memory is full', async () => {
    const { prefix, revision } = await withEndedRecord()
    const client = await openClient()
    const instance = instanceOn(client, prefix)
    await client.configSet('maxmemory', '1')
    try {
      expect(await instance.ids()).toEqual(['lasting'])
      await instance.read(revision)
      await expect(instance.create('more', 'x')).rejects.toThrow('OOM')
    } finally {
      await client.configSet('maxmemory', '0')
    }
    expect(await instance.ids()).toEqual(['lasting'])
    expect(await instance.create('more', 'x')).toBeDefined()
  })

  it('can be read when it is a replica', async () => {
    const { prefix } = await withEndedRecord()
    await (await openClient()).configSet('repl-diskless-sync-delay', '0')
    const replica = await RedisServer.start('--replicaof', '127.0.0.1', String(server.port))
    open.push(replica)
    const client = await clientOf(replica.url)
    open.push({ close: () => client.destroy() })
    await eventually(async () => (await client.info('replication')).includes('master_link_status:up'))
    const instance = instanceOn(client, prefix)
    expect(await instance.ids()).toEqual(['lasting'])
    await expect(instance.create('more', 'x')).rejects.toThrow('READONLY')
  })
})

describe('a server that is started again', () => {
  it('has what was acknowledged, and an earlier read goes on from where it was', async () => {
    const lasting = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always')
    open.push(lasting)
    const client = await clientOf(lasting.url)
    open.push({ close: () => client.destroy() })
    const instance = instanceOn(client, newPrefix())
    await instance.create('one', 'x')
    const { revision } = await instance.read()
    await instance.create('two', 'x')
    await lasting.kill()
    await lasting.start()
    await eventually(() => instance.read().then(Boolean, () => false))
    expect(await instance.read(revision)).toMatchObject({ records: [{ id: 'two' }], removed: [] })
    expect(await instance.create('three', 'x')).toBeDefined()
  })
})

describe('a cluster', () => {
  let cluster: RedisServer

  beforeAll(async () => {
    cluster = await startCluster()
  }, redisPatience)

  afterAll(() => cluster.close())

  it.each(Object.entries(clusterClients))(
    'keeps the keys of a store in one slot, where the scripts of %s reach them',
    async (_, connect) => {
      const app = await connect(cluster.url)
      open.push(app)
      const prefix = newPrefix()
      const [one, other] = [instanceOn(app.client, prefix), instanceOn(app.client, prefix)]
      let calls = 0
      await watch(one, () => (calls += 1))
      for (const id of ['a', 'b']) await other.create(id, 'x')
      await other.remove('a')
      await eventually(() => calls > 0)
      expect(await one.ids()).toEqual(['b'])
    },
  )
})

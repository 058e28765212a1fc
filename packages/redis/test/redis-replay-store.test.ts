import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ReplayStore } from '@bearerkit/core'
import { describeReplayStore } from '@bearerkit/testing/contract'
import { RedisServer, redisForTests, redisPatience } from '../../../test/support/redis-server.ts'
import { TcpProxy } from '../../../test/support/tcp-proxy.ts'
import { Program } from '../../core/test/support/program.ts'
import { type RedisClient, redisReplayStore, type RedisReplayStoreOptions } from '../src/index.ts'
import { type AppClient, clients, clusterClients } from './clients.ts'
import { clientOf, eventually, startCluster } from './setting.ts'

let server: Awaited<ReturnType<typeof redisForTests>>
let admin: Awaited<ReturnType<typeof clientOf>>

beforeAll(async () => {
  server = await redisForTests()
  admin = await clientOf(server.url)
}, redisPatience)

afterAll(async () => {
  admin.destroy()
  await server.close()
})

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

/** Its keys are removed after the test. */
function newPrefix(): string {
  const prefix = `test ${randomUUID()}:`
  open.push({ close: () => removeKeys(prefix) })
  return prefix
}

async function keysWith(prefix: string): Promise<string[]> {
  return (await admin.keys('*')).filter((key) => key.startsWith(prefix))
}

async function removeKeys(prefix: string): Promise<void> {
  const keys = await keysWith(prefix)
  if (keys.length > 0) await admin.del(keys)
}

function inAMinute(): number {
  return Date.now() + 60_000
}

const unavailable = { name: 'ReplayStoreUnavailableError', code: 'replay_store_unavailable' }

describe.each(Object.entries(clients))('with a client of %s', (name, connect) => {
  let app: AppClient

  beforeAll(async () => {
    app = await connect(server.url)
  })

  afterAll(() => app.close())

  describeReplayStore('redisReplayStore', async () => {
    const prefix = newPrefix()
    return { connect: () => redisReplayStore(app.client, { prefix }), close: async () => undefined }
  })

  it.each([
    ['the time of the server was known', true],
    ['the time of the server was never known', false],
  ])('does not count a use that waited for the connection until nobody waited for it: %s', async (_, isKnown) => {
    const { proxy, store } = await behindProxy({ requestTimeout: '300ms' })
    if (isKnown) await store.firstUse('before', { until: inAMinute() })
    await proxy.refuse()
    // The client queues commands once it knows that the connection is lost.
    await pause(100)
    await expect(store.firstUse('id', { until: inAMinute() })).rejects.toMatchObject(unavailable)
    await proxy.accept()
    // The connection works again, so the queued command has come and gone.
    await eventually(() => Promise.resolve(store.firstUse(randomUUID(), { until: inAMinute() })).catch(() => false))
    expect(await store.firstUse('id', { until: inAMinute() })).toBe(true)
  })

  it('counts a use once whose command was sent twice because the answer was lost', async () => {
    const { proxy, store } = await behindProxy()
    await store.firstUse('before', { until: inAMinute() })
    let isLosing = true
    proxy.pass((data, from) => {
      if (from === 'client' || !isLosing || !data.toString().includes('first')) return true
      isLosing = false
      setImmediate(() => proxy.cut())
      return false
    })
    const outcome = await Promise.resolve(store.firstUse('id', { until: inAMinute() })).catch(() => 'refused')
    // ioredis sends the command again; redis gives up, and the use may have counted.
    expect(outcome).toBe(name.startsWith('ioredis') ? true : 'refused')
    await eventually(() => Promise.resolve(store.firstUse(randomUUID(), { until: inAMinute() })).catch(() => false))
    expect(await store.firstUse('id', { until: inAMinute() })).toBe(false)
  })

  async function behindProxy(options?: RedisReplayStoreOptions): Promise<{ proxy: TcpProxy; store: ReplayStore }> {
    const prefix = newPrefix()
    const proxy = await TcpProxy.start(Number(new URL(server.url).port))
    const far = await connect(proxy.url)
    open.push(proxy, far)
    return { proxy, store: redisReplayStore(far.client, { prefix, ...options }) }
  }
})

describe('redisReplayStore', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a URL', 'redis://localhost'],
    ['another object', { get: () => undefined }],
  ])('refuses a client that is %s', (_, given) => {
    expect(() => redisReplayStore(given as RedisClient)).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', option: 'client' }),
    )
  })

  it.each([
    ['prefix', ''],
    ['requestTimeout', 0],
    ['requestTimeout', '30d'],
    ['whenUnavailable', 'memory'],
    ['max', 10],
  ])('refuses the option %s: %p', (option, value) => {
    expect(() => redisReplayStore(admin, { [option]: value })).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', option }),
    )
  })

  it('stores a hash of the id under its prefix, and nothing of the id, until the end', async () => {
    const prefix = newPrefix()
    const until = inAMinute()
    await redisReplayStore(admin, { prefix }).firstUse('secret', { until, group: 'also secret' })
    const [key = '', ...others] = await keysWith(prefix)
    expect(others).toEqual([])
    expect(key.slice(prefix.length)).toMatch(/^[\w-]{43}$/)
    expect(await admin.get(key)).toMatch(/^[\w-]{12}$/)
    const before = Date.now()
    const left = await admin.pTTL(key)
    expect(until).toBeGreaterThanOrEqual(before + left)
    expect(until).toBeLessThanOrEqual(Date.now() + left)
  })

  it('keeps uses of different prefixes apart', async () => {
    const stores = [newPrefix(), newPrefix()].map((prefix) => redisReplayStore(admin, { prefix }))
    for (const store of stores) expect(await store.firstUse('id', { until: inAMinute() })).toBe(true)
  })

  it('sends one command for each use, after the first one has learned the time of the server', async () => {
    const store = redisReplayStore(admin, { prefix: newPrefix() })
    await store.firstUse('before', { until: inAMinute() })
    const commands = async (): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1])
    const before = await commands()
    for (const use of ['id', 'id', 'other']) await store.firstUse(use, { until: inAMinute() })
    expect((await commands()) - before).toBe(3)
  })

  it('goes on when the server has forgotten its scripts', async () => {
    const store = redisReplayStore(admin, { prefix: newPrefix() })
    await store.firstUse('id', { until: inAMinute() })
    await admin.scriptFlush()
    expect(await store.firstUse('id', { until: inAMinute() })).toBe(false)
    expect(await store.firstUse('other', { until: inAMinute() })).toBe(true)
  })

  it('has one first use among a hundred at once in four processes', async () => {
    const program = await Program.from(fourthOfAHundred)
    open.push(program)
    const prefix = newPrefix()
    const start = Date.now() + 3000
    const running = Array.from({ length: 4 }, () => program.start(server.url, prefix, String(start)))
    expect(await Promise.all(running.map((one) => one.ended()))).toEqual([0, 0, 0, 0])
    const rounds = running.map(({ lines: [line = ''] }) => JSON.parse(line) as number[])
    // Of each of the ids, one use in one of the processes.
    const sums = rounds[0]?.map((_, round) => rounds.reduce((sum, firsts) => sum + Number(firsts[round]), 0))
    expect(sums).toEqual(Array.from({ length: 10 }, () => 1))
    expect(rounds.every((firsts) => firsts.length === 10)).toBe(true)
  }, 60_000)
})

/** Uses ten ids 25 times each, at the same time as three other processes. Prints how many first uses it saw of each. */
const fourthOfAHundred = `
import { setTimeout as pause } from 'node:timers/promises'
import { createRequire } from 'node:module'
import { redisReplayStore } from ${JSON.stringify(join(__dirname, '../src/index.ts'))}

const { createClient } = createRequire(${JSON.stringify(__filename)})('redis')
const [url, prefix, start] = process.argv.slice(2)

async function main() {
  const client = createClient({ url })
  await client.connect()
  const store = redisReplayStore(client, { prefix })
  const until = Number(start) + 60_000
  await pause(Number(start) - Date.now())
  const firsts = []
  for (let id = 0; id < 10; id += 1) {
    const uses = await Promise.all(Array.from({ length: 25 }, () => store.firstUse('id ' + id, { until })))
    firsts.push(uses.filter(Boolean).length)
  }
  console.log(JSON.stringify(firsts))
  client.destroy()
}
void main()
`

describe('a server that is in trouble', () => {
  let own: RedisServer
  let client: Awaited<ReturnType<typeof clientOf>>

  beforeAll(async () => {
    own = await RedisServer.start()
    client = await clientOf(own.url)
  }, redisPatience)

  afterAll(async () => {
    client.destroy()
    await own.close()
  })

  it.each([
    ['refuses', undefined, unavailable],
    ['refuses', 'refuse', unavailable],
    ['accepts', 'accept', true],
  ] as const)('does not answer: %s with whenUnavailable %p', async (_, whenUnavailable, expected) => {
    const store = redisReplayStore(client, { requestTimeout: '200ms', whenUnavailable })
    own.suspend()
    try {
      for (const id of ['id', 'id']) {
        const outcome: unknown = await Promise.resolve(store.firstUse(id, { until: inAMinute() })).catch(
          (error: unknown) => error,
        )
        if (expected === true) expect(outcome).toBe(true)
        else expect(outcome).toMatchObject(expected)
      }
    } finally {
      own.resume()
    }
    await eventually(() => client.ping().then(Boolean, () => false))
  })

  it('makes no more than 5,000 uses wait', async () => {
    const store = redisReplayStore(client, { requestTimeout: '2s' })
    await store.firstUse('before', { until: inAMinute() })
    own.suspend()
    try {
      const uses = Array.from({ length: 5000 }, (_, id) =>
        Promise.resolve(store.firstUse(`${id}`, { until: inAMinute() })).catch(() => false),
      )
      await expect(store.firstUse('too many', { until: inAMinute() })).rejects.toMatchObject({
        ...unavailable,
        cause: { message: '5000 uses wait for the server already' },
      })
      own.resume()
      await Promise.all(uses)
    } finally {
      own.resume()
    }
    expect(await store.firstUse('too many', { until: inAMinute() })).toBe(true)
  }, 30_000)

  it('is full and evicts nothing: refuses new uses, and knows those that count', async () => {
    const store = redisReplayStore(client)
    await store.firstUse('known', { until: inAMinute() })
    await client.configSet('maxmemory', '1')
    try {
      await expect(store.firstUse('new', { until: inAMinute() })).rejects.toMatchObject(unavailable)
    } finally {
      await client.configSet('maxmemory', '0')
    }
    expect(await store.firstUse('known', { until: inAMinute() })).toBe(false)
    expect(await store.firstUse('new', { until: inAMinute() })).toBe(true)
  })

  it('is a read-only replica: refuses', async () => {
    const store = redisReplayStore(client)
    await client.sendCommand(['REPLICAOF', '127.0.0.1', '1'])
    try {
      await expect(store.firstUse('id on a replica', { until: inAMinute() })).rejects.toMatchObject(unavailable)
    } finally {
      await client.sendCommand(['REPLICAOF', 'NO', 'ONE'])
    }
  })

  it('has no more uses than before after they have ended', async () => {
    const store = redisReplayStore(client, { prefix: 'ending:' })
    const until = Date.now() + 300
    for (let id = 0; id < 10; id += 1) await store.firstUse(`${id}`, { until })
    expect(await client.keys('ending:*')).toHaveLength(10)
    await eventually(async () => (await client.keys('ending:*')).length === 0)
  })
})

describe('a cluster', () => {
  let node: RedisServer

  beforeAll(async () => {
    node = await startCluster()
  }, redisPatience)

  afterAll(() => node.close())

  it.each(Object.entries(clusterClients))('remembers uses, over a client of %s', async (_, connect) => {
    const app = await connect(node.url)
    open.push(app)
    const store = redisReplayStore(app.client, { prefix: `test ${randomUUID()}:` })
    for (let id = 0; id < 20; id += 1) {
      expect(await store.firstUse(`${id}`, { until: inAMinute() })).toBe(true)
      expect(await store.firstUse(`${id}`, { until: inAMinute() })).toBe(false)
    }
  })
})

import { setTimeout as pause } from 'node:timers/promises'
import { RedisServer, redisPatience } from '../../../test/support/redis-server.ts'
import { TcpProxy } from '../../../test/support/tcp-proxy.ts'
import { Replica } from '../../core/src/replication/replica.ts'
import { systemClock } from '../../core/src/clock.ts'
import { redisStore } from '../src/index.ts'
import { clients } from './clients.ts'
import { newPrefix } from './setting.ts'

let server: RedisServer
beforeAll(async () => {
  server = await RedisServer.start()
}, redisPatience)
afterAll(() => server.close())

it.each(Object.entries(clients))(
  'a replica closes although the server went away before its watch began: %s',
  async (_, connect) => {
    const proxy = await TcpProxy.start(server.port)
    const app = await connect(proxy.url)
    try {
      const store = redisStore(app.client, { prefix: newPrefix() })
      const durations = { pollInterval: 5000, requestTimeout: 2000, staleIfError: 1000 }
      const replica = new Replica(
        { store, ...durations, clock: systemClock, random: () => 1 },
        // The watch begins after the first read has been taken in.
        { take: () => proxy.refuse(), refreshed: () => undefined, failed: () => undefined },
      )
      await replica.refresh()
      await replica.close()
    } finally {
      await app.close()
      await proxy.close()
    }
  },
)

it.each(Object.entries(clients))(
  'a watch ends although the server has gone away since, whatever the client is about to do: %s',
  async (_, connect) => {
    const proxy = await TcpProxy.start(server.port)
    const app = await connect(proxy.url)
    try {
      const store = redisStore(app.client, { prefix: newPrefix() })
      const ends = await Promise.all(Array.from({ length: 20 }, async () => store.watch?.(() => undefined)))
      await proxy.refuse()
      // The client waits longer and longer between its attempts to connect.
      for (const [index, end] of ends.entries()) {
        await pause(index * 2)
        await end?.()
      }
    } finally {
      await app.close()
      await proxy.close()
    }
  },
)

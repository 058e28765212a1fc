import { join } from 'node:path'
import { RedisServer, redisPatience } from '../../../../test/support/redis-server.ts'
import { Program } from '../../../core/test/support/program.ts'
import { newPrefix } from '../setting.ts'
import { RemoteObject } from './processes.ts'
import type { Server, ServerOptions } from './server.ts'

let redis: RedisServer
let program: Program
let urls: readonly [express: string, fastify: string]

async function openServer(options: ServerOptions): Promise<string> {
  const server = new RemoteObject<Server>(program.start())
  await server.open(options)
  return server.call.url()
}

beforeAll(async () => {
  redis = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always')
  program = await Program.at(join(__dirname, 'server.ts'))
  const common = { url: redis.url, prefix: newPrefix() }
  urls = [
    await openServer({ ...common, framework: 'express', client: 'redis 6' }),
    await openServer({ ...common, framework: 'fastify', client: 'ioredis 6' }),
  ]
}, redisPatience)

afterAll(async () => {
  await program.close()
  await redis.close()
})

async function answers(): Promise<unknown[]> {
  const found: unknown[] = []
  for (const one of urls) {
    const token = await (await fetch(`${one}/token`, { method: 'POST' })).text()
    for (const other of urls) {
      const response = await fetch(`${other}/me`, { headers: { authorization: `Bearer ${token}` } })
      found.push(response.status)
    }
    const jwks = (await (await fetch(`${one}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] }
    found.push(jwks.keys.map(({ kid }) => kid))
  }
  return found
}

const good = [200, 200, ['orders.1'], 200, 200, ['orders.1']]

const states: readonly [string, () => unknown][] = [
  ['is up', () => undefined],
  ['is suspended', () => redis.suspend()],
  ['goes on', () => redis.resume()],
  ['was killed', () => redis.kill()],
  ['was started again', () => redis.start()],
]

it.each(states)('servers of Express and Fastify accept each other’s tokens while Redis %s', async (_, change) => {
  await change()
  for (let time = 0; time < 5; time += 1) expect(await answers()).toEqual(good)
})

import { join } from 'node:path'
import { Program } from '../../packages/core/test/support/program.ts'
import { RemoteObject } from '../../packages/redis/test/fleet/processes.ts'
import { newPrefix } from '../../packages/redis/test/setting.ts'
import { RedisServer } from '../support/redis-server.ts'
import { type FrameworkName, frameworkNames, type SharedStore } from './deployment.ts'
import { planOf } from './plan.ts'
import type { Measurement } from './server/measurements.ts'
import type { Weakness } from './server/server.ts'
import type { Ports } from './traffic/load.ts'
import type { Traffic, TrafficOptions, TrafficReport } from './traffic/traffic.ts'
import { WatchedServer } from './watched-server.ts'

export interface SoakOptions extends Omit<TrafficOptions, 'store'> {
  /** The checks that servers give up, to prove that the soak notices it. */
  readonly weaknesses?: Readonly<Partial<Record<FrameworkName, Weakness>>>
  /** How long Redis may take for one use of a proof, in milliseconds. */
  readonly storeTimeout: number
}

export interface SoakReport extends TrafficReport {
  readonly options: SoakOptions
  readonly servers: readonly MeasuredServer[]
}

export interface MeasuredServer {
  readonly name: FrameworkName
  /** In the order of time. */
  readonly measurements: readonly Measurement[]
}

/** Each server uses another library. */
const redisClients: Readonly<Record<FrameworkName, string>> = {
  express: 'redis 6',
  koa: 'ioredis 6',
  fastify: 'redis 5',
}

/** In milliseconds. Each measurement collects garbage, which stops the server for a moment. */
const measuredEvery = 10_000

/** Runs Redis, a server of each framework, and their issuers and clients, each in a process of its own. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const redis = await RedisServer.start()
  const programs = await Promise.all(['server/server.ts', 'traffic/traffic.ts'].map(programAt))
  const [server, traffic] = programs as [Program, Program]
  try {
    return await soakOn({ url: redis.url, prefix: newPrefix() }, server, new RemoteObject(traffic.start()), options)
  } finally {
    await Promise.all(programs.map((program) => program.close()))
    await redis.close()
  }
}

function programAt(path: string): Promise<Program> {
  return Program.at(join(__dirname, path))
}

async function soakOn(
  store: SharedStore,
  program: Program,
  traffic: RemoteObject<Traffic>,
  options: SoakOptions,
): Promise<SoakReport> {
  const { seed, duration, storeTimeout, weaknesses } = options
  await traffic.open({ ...options, store })
  const foreignIssuer = await traffic.call.foreignIssuer()
  const { staleIfError } = planOf(seed, duration)
  const servers = await Promise.all(
    frameworkNames.map((framework) => {
      const [client, weakness] = [redisClients[framework], weaknesses?.[framework]]
      return WatchedServer.start(program, {
        framework,
        client,
        store,
        foreignIssuer,
        staleIfError,
        storeTimeout,
        weakness,
      })
    }),
  )
  await Promise.all(servers.map((server) => server.beginWatch(measuredEvery)))
  const ports = Object.fromEntries(servers.map(({ name, port }) => [name, port])) as Ports
  const report = await traffic.call.run(ports)
  await Promise.all(servers.map((server) => server.endWatch()))
  return { ...report, options, servers: servers.map(({ name, measurements }) => ({ name, measurements })) }
}

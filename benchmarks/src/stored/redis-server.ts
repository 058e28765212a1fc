import { bundled } from '../bundled.ts'

/** A Redis server of its own. */
interface Server {
  readonly port: number
  readonly url: string
  close(): Promise<void>
}

/** Stands between clients and a server. */
export interface Proxy {
  readonly url: string
  /** Calls a function with everything that is sent, and passes it on. */
  pass(passing: (data: Buffer, from: 'client' | 'server') => true): void
  close(): Promise<void>
}

export interface RedisForBenchmarks extends AsyncDisposable {
  readonly url: string
  openProxy(): Promise<Proxy>
}

interface TestSupport {
  readonly RedisServer: { start(): Promise<Server> }
  readonly TcpProxy: { start(port: number): Promise<Proxy> }
}

/** Starts a server, which is found or installed as in the tests. It ends with the benchmark. */
export async function startRedis(): Promise<RedisForBenchmarks> {
  const { RedisServer, TcpProxy } = await testSupport()
  const server = await RedisServer.start()
  return {
    url: server.url,
    openProxy: () => TcpProxy.start(server.port),
    [Symbol.asyncDispose]: () => server.close(),
  }
}

function testSupport(): Promise<TestSupport> {
  return bundled(['test/support/redis-server.ts', 'test/support/tcp-proxy.ts'])
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

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

/** The tests have no build, so what they have for this is bundled here. */
async function testSupport(): Promise<TestSupport> {
  const resolveDir = fileURLToPath(new URL('../../../test/support', import.meta.url))
  const contents = "export * from './redis-server.ts'; export * from './tcp-proxy.ts'"
  const folder = await mkdtemp(join(tmpdir(), 'bearerkit-bench-'))
  const outfile = join(folder, 'support.mjs')
  try {
    await build({ stdin: { contents, resolveDir }, outfile, bundle: true, platform: 'node', format: 'esm' })
    return (await import(pathToFileURL(outfile).href)) as TestSupport
  } finally {
    await rm(folder, { recursive: true })
  }
}

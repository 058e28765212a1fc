import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endWithThisProcess } from './end-with-this-process.ts'
import { installationPatience } from './installed-program.ts'
import { redisProgram } from './redis-program.ts'

/** In milliseconds, for `beforeAll`. */
export const redisPatience: number = installationPatience

/** A server of our own, which can be killed, suspended and started again. It ends with the tests. */
export class RedisServer {
  readonly port: number
  readonly #folder: string
  readonly #options: readonly string[]
  #child: ChildProcess | undefined

  private constructor(port: number, folder: string, options: readonly string[]) {
    this.port = port
    this.#folder = folder
    this.#options = options
  }

  /** @param options of its command line: `['--appendonly', 'yes']` */
  static async start(...options: string[]): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'bearerkit-redis-'))
    for (let attempt = 1; ; attempt += 1) {
      // Somebody else may take the port before the server does.
      const server = new RedisServer(await freePort(), folder, options)
      const isUp = await server.start().then(
        () => true,
        (error: unknown) => {
          if (attempt === 3) throw error
          return false
        },
      )
      if (isUp) return server
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it again on the same port, with what it has kept. */
  async start(): Promise<void> {
    const program = await redisProgram()
    const fixed = { port: this.port, bind: '127.0.0.1', dir: this.#folder, save: '', loglevel: 'warning' }
    const args = Object.entries(fixed).flatMap(([name, value]) => [`--${name}`, String(value)])
    const child = spawn(program, [...args, ...this.#options], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    endWithThisProcess(child)
    this.#child = child
    while (!(await answersPing(this.port))) {
      if (child.exitCode !== null) throw new Error(`the Redis server did not start: ${printed}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** It takes connections and says nothing. */
  suspend(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  async close(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** A server for tests that leave it as it is: the one that the environment names, or one of our own. */
export async function redisForTests(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const url = process.env['BEARERKIT_TEST_REDIS_URL']
  return url === undefined || url === '' ? RedisServer.start() : { url, close: async () => undefined }
}

/** The bus of a cluster listens 10,000 above the port. */
const highestPort = 65_535 - 10_000

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port <= highestPort ? port : freePort()
}

/** Answers whether a server at this port is ready for commands. */
export function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    // While it loads what it has kept, it answers `-LOADING`.
    socket.once('data', (data: Buffer) => end(data.toString().startsWith('+PONG')))
    socket.once('error', () => end(false))
  })
}

import { start } from '../own-process.ts'

export type KeysOfServer = 'StoredKeyProvider' | 'LocalKeyProvider'

/** What a server sends when it listens. */
export interface Listening {
  readonly port: number
  readonly tokens: readonly string[]
}

/** An Express server in a child process that is protected with keys of its own. */
export interface TokenServer {
  readonly kind: KeysOfServer
  readonly url: string
  /** Good tokens. */
  readonly tokens: readonly string[]
  /** The processor's time that it has used, in milliseconds. */
  cpuTime(): Promise<number>
  stop(): void
}

/** See `startServer` in `http/server.ts` about the heap. */
const execArgv = ['--initial-heap-size=256']

export async function startServer(kind: KeysOfServer): Promise<TokenServer> {
  const module = new URL('token-server-process.js', import.meta.url)
  const { child, message } = await start<Listening>(module, [kind], { execArgv })
  return {
    kind,
    url: `http://127.0.0.1:${message.port}/`,
    tokens: message.tokens,
    cpuTime: () =>
      new Promise((resolve) => {
        child.once('message', (used) => resolve(used as number))
        child.send('cpu time')
      }),
    stop: () => void child.kill(),
  }
}

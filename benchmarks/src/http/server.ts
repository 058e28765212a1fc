import { start } from '../own-process.ts'
import type { FrameworkName } from './frameworks.ts'
import type { Setup } from './subject.ts'

/** A protected server in a child process. */
export interface ProtectedServer {
  readonly url: string
  stop(): void
}

/**
 * A heap in MB that is large enough to avoid a full garbage collection during start-up. On Node 20, a collection at the
 * wrong moment makes `process.nextTick` slow for the life of the process, which would distort the comparison.
 */
const execArgv = ['--initial-heap-size=256']

export async function startServer(framework: FrameworkName, subject: string, setup: Setup): Promise<ProtectedServer> {
  const module = new URL('server-process.js', import.meta.url)
  const { child, message: port } = await start<number>(module, [framework, subject, JSON.stringify(setup)], {
    execArgv,
  })
  return { url: `http://127.0.0.1:${port}/`, stop: () => void child.kill() }
}

import { start } from '../own-process.ts'
import type { FrameworkName } from './frameworks.ts'
import type { Setup } from './subject.ts'

/** A protected server in a process of its own. */
export interface ProtectedServer {
  readonly url: string
  stop(): void
}

/**
 * So much heap, in MB, that nobody has a full collection while it starts. On Node 20 one that comes at the wrong moment
 * leaves `process.nextTick` slow for good: who happened to have it would be compared by that.
 */
const execArgv = ['--initial-heap-size=256']

export async function startServer(framework: FrameworkName, subject: string, setup: Setup): Promise<ProtectedServer> {
  const module = new URL('server-process.js', import.meta.url)
  const { child, message: port } = await start<number>(module, [framework, subject, JSON.stringify(setup)], {
    execArgv,
  })
  return { url: `http://127.0.0.1:${port}/`, stop: () => void child.kill() }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** An example server in a separate process. */
export interface ExampleServer {
  /** The heading of its column. */
  readonly name: string
  readonly url: string
  /** Ends the process with SIGKILL, as a crash would. */
  kill(): Promise<void>
}

const running = new Set<ChildProcess>()

/** Starts an example the way a user would: it gets its settings from the environment. */
export async function startExample(
  example: string,
  environment: Readonly<Record<string, string>>,
  name: string = example,
): Promise<ExampleServer> {
  const program = fileURLToPath(new URL(`../${example}.js`, import.meta.url))
  const child = spawn(process.execPath, ['--import', new URL('end-with-parent.js', import.meta.url).href, program], {
    env: { ...process.env, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  for await (const line of createInterface(child.stdout)) {
    const url = /http:\/\/\S+/.exec(line)?.[0]
    if (url !== undefined) return { name, url, kill: () => stopped(child, 'SIGKILL') }
  }
  throw new Error(`the example ${example} exited before it listened`)
}

export async function stopExamples(): Promise<void> {
  await Promise.all([...running].map((child) => stopped(child, 'SIGTERM')))
}

async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

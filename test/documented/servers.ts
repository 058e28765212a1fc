import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { transformSync } from 'esbuild'
import { type DocumentedExample, moduleName, root } from '../documented-examples.ts'
import { endWithThisProcess } from '../support/end-with-this-process.ts'

/** Documented servers that run as they stand on their pages. */
export interface DocumentedServers {
  /** The origin of the server of an example, by its title. */
  originOf(title: string): string
  stop(): Promise<void>
}

/**
 * Runs documented servers in a process of their own, with the built packages. Their types are checked in
 * `documented-examples.test.ts`.
 *
 * @param environment `INTERNET` is the origin that stands for all hosts: see `host.mjs`
 */
export async function startDocumentedServers(
  examples: readonly DocumentedExample[],
  environment: Readonly<Record<string, string>> = {},
): Promise<DocumentedServers> {
  const modules = new Map(examples.map((example) => [example.title, write(example)]))
  const host = join(root, 'test/documented/host.mjs')
  const child = spawn(process.execPath, [host, ...modules.values()], {
    env: { ...process.env, ...environment, NODE_ENV: 'test' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  endWithThisProcess(child)
  const ports = await portsOf(child)
  return {
    originOf: (title) => `http://127.0.0.1:${ports[String(modules.get(title))]}`,
    async stop() {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** For the decorators of Nest. */
const decorators = { compilerOptions: { experimentalDecorators: true } }

/** Inside the repository, where our packages resolve. */
function write({ title, code }: DocumentedExample): string {
  const folder = join(root, 'node_modules/.cache/documented-servers')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${moduleName(title)}.mjs`)
  writeFileSync(file, transformSync(code, { loader: 'ts', tsconfigRaw: decorators }).code)
  return pathToFileURL(file).href
}

async function portsOf(child: ChildProcess): Promise<Record<string, number>> {
  let printed = ''
  let answered = ''
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the servers did not start: ${printed}`)))
    child.stdout?.on('data', (chunk: Buffer) => {
      answered += chunk.toString()
      // Frameworks print lines of their own before.
      const ports = /^\{.*\}$/m.exec(answered)
      if (ports !== null) resolve(JSON.parse(ports[0]) as Record<string, number>)
    })
  })
}

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { TestIssuer } from '@bearerkit/testing'
import { Bundle } from '../../../core/test/support/bundle.ts'
import { bundleFor, edgeConditions } from './edge/edge-runtime.ts'
import { runtimes, workerd } from './programs.ts'

/** The app on a runtime, in a process of its own. */
export interface Started {
  readonly origin: string
  stop(): Promise<void>
}

type Start = (issuer: TestIssuer) => Promise<Started>

/** Starts the app on each runtime. */
export const starts: readonly (readonly [name: string, start: Start])[] = [
  ...runtimes.map(([name, program, options]) => [name, serverOf(program, options)] as const),
  ['workerd, the runtime of Cloudflare Workers', startWorker],
]

function serverOf(program: string, options: readonly string[]): Start {
  return async ({ issuer, audience }) => {
    const bundle = await Bundle.at(join(__dirname, 'server.ts'))
    const environment = { ...process.env, BEARERKIT_ISSUER: issuer, BEARERKIT_AUDIENCE: audience }
    const child = spawn(program, [...options, bundle.path], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
    return started(child, child.stdout, () => bundle.remove())
  }
}

async function startWorker({ issuer, audience }: TestIssuer): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), 'bearerkit-worker-'))
  const entry = 'packages/fetch/test/runtimes/worker.ts'
  const { code } = await bundleFor(edgeConditions['Cloudflare Workers'] ?? [], entry, 'esm')
  await writeFile(join(folder, 'worker.mjs'), code)
  await writeFile(join(folder, 'config.capnp'), configurationFor({ issuer, audience }))
  const options = ['serve', join(folder, 'config.capnp'), '--control-fd=3']
  const child = spawn(workerd, options, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  return started(child, child.stdio[3] as Readable, () => rm(folder, { recursive: true }))
}

/** Without the flag `nodejs_compat`, and with a date before it became the default: there is nothing of Node. */
function configurationFor({ issuer, audience }: Pick<TestIssuer, 'issuer' | 'audience'>): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "app", worker = .app), (name = "issuer", network = (allow = ["local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "app")],
);
const app :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.mjs")],
  bindings = [(name = "ISSUER", text = "${issuer}"), (name = "AUDIENCE", text = "${audience}")],
  globalOutbound = "issuer",
  compatibilityDate = "2025-06-01",
);`
}

/** @param output where the program says its port */
async function started(child: ChildProcess, output: Readable, clean: () => Promise<void>): Promise<Started> {
  return {
    origin: `http://127.0.0.1:${await portIn(output)}`,
    async stop() {
      child.kill('SIGKILL')
      await clean()
    },
  }
}

async function portIn(output: Readable): Promise<string> {
  for await (const line of createInterface(output)) {
    const [, port] = /port\W+(\d+)/.exec(line) ?? []
    if (port !== undefined) return port
  }
  throw new Error('the program ended before it listened')
}

import type { Server } from 'node:http'
import type { ContractAppOptions, RunningApp } from '@bearerkit/testing/contract'
import { plainApp } from '../../plain-app.ts'

type Handle = (request: Request) => Promise<Response>

interface Address {
  readonly port: number
}

interface Listening {
  readonly port: number
  readonly stop: () => Promise<void>
}

/** What is used of Bun and of Deno. */
interface Hosts {
  readonly Bun?: {
    serve(options: {
      port: 0
      hostname: string
      tls: object | undefined
      fetch: Handle
      error: () => Response
    }): Address & {
      stop(closesConnections: true): Promise<void>
    }
  }
  readonly Deno?: {
    serve(
      options: { port: 0; hostname: string; onListen: (address: Address) => void } & object,
      handle: Handle,
    ): { shutdown(): Promise<void> }
  }
}

/** The answer of hosts to an error of the application. Without it, Bun prints the error and ends with another exit code. */
const internalError = (): Response => new Response(null, { status: 500 })

const hostname = '127.0.0.1'

/** Starts the app of the contract on `Bun.serve` or `Deno.serve`, as applications do. */
export async function startNatively(options: ContractAppOptions): Promise<RunningApp> {
  const { port, stop } = await listen(plainApp(options), options.tls)
  // Tests ask the server for its address. Those that want more are not for this server.
  const server = { address: () => ({ port, address: hostname, family: 'IPv4' }) } as Partial<Server> as Server
  return { server, close: stop }
}

async function listen(handle: Handle, tls: ContractAppOptions['tls']): Promise<Listening> {
  const { Bun, Deno } = globalThis as Hosts
  if (Bun !== undefined) {
    const server = Bun.serve({ port: 0, hostname, tls, fetch: handle, error: internalError })
    return { port: server.port, stop: () => server.stop(true) }
  }
  if (Deno === undefined) throw new Error('this runtime is neither Bun nor Deno')
  const certificate = tls === undefined ? {} : { cert: tls.cert, key: tls.key }
  let server: ReturnType<typeof Deno.serve> | undefined
  const port = await new Promise<number>((resolve) => {
    server = Deno.serve({ port: 0, hostname, onListen: (address) => resolve(address.port), ...certificate }, handle)
  })
  return { port, stop: async () => server?.shutdown() }
}

// The app as a server of Bun or Deno. It prints the port on which it listens.
import { appFor, type Handle } from './app.ts'

interface Options {
  readonly port: 0
  readonly hostname: string
}
interface Hosts {
  readonly Bun?: { serve(options: Options & { fetch: Handle }): { readonly port: number } }
  readonly Deno?: {
    serve(options: Options & { onListen(address: { readonly port: number }): void }, handle: Handle): unknown
  }
}

const handle = appFor()
const { Bun, Deno } = globalThis as Hosts
const options: Options = { port: 0, hostname: '127.0.0.1' }
if (Bun !== undefined) console.log(`port ${Bun.serve({ ...options, fetch: handle }).port}`)
else if (Deno !== undefined) Deno.serve({ ...options, onListen: ({ port }) => console.log(`port ${port}`) }, handle)
else throw new Error('this runtime is neither Bun nor Deno')

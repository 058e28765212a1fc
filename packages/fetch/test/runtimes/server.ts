// A server for Bun, Deno and Node that protects `/me` and `/reports`. It prints the port on which it listens.
import { protect, requireScopes, verifyJwt } from '../../src/index.ts'

type Handle = (request: Request) => Promise<Response>
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

const authenticate = verifyJwt({ dpop: true })
const reports = protect(requireScopes('reports:read'), () => Response.json([]))
const handle = protect(authenticate, async (request) => {
  if (new URL(request.url).pathname === '/reports') return reports(request)
  return Response.json({ subject: request.auth.claims.sub, proof: request.auth.proof?.kind })
})

const { Bun, Deno } = globalThis as Hosts
const options: Options = { port: 0, hostname: '127.0.0.1' }
if (Bun !== undefined) console.log(`port ${Bun.serve({ ...options, fetch: handle }).port}`)
else if (Deno !== undefined) Deno.serve({ ...options, onListen: ({ port }) => console.log(`port ${port}`) }, handle)
else throw new Error('this runtime is neither Bun nor Deno')

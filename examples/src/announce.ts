import type { Server } from 'node:http'

/** Says where the server listens, for people and for the demo, which starts these servers on any free port. */
export function announce(name: string, server: Server): void {
  const address = server.address()
  if (typeof address === 'object' && address !== null)
    console.log(`${name} listens on http://127.0.0.1:${address.port}`)
}

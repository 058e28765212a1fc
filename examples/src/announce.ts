import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:tls'

/** Prints the server's URL. The demo reads it too, because it starts these servers on free ports. */
export function announce(name: string, server: Server): void {
  const address = server.address()
  if (typeof address === 'object' && address !== null)
    console.log(`${name} listens on ${server instanceof TlsServer ? 'https' : 'http'}://127.0.0.1:${address.port}`)
}

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { DevelopmentIssuer, type DevelopmentIssuerOptions } from '../../../src/serve/development-issuer.ts'

const options: DevelopmentIssuerOptions = {
  port: 0,
  host: '127.0.0.1',
  audience: 'https://api.example.com',
  alg: 'ES256',
  client: {},
}

/** Starts a development issuer on a free port. */
export function startIssuer(changes: Partial<DevelopmentIssuerOptions> = {}): Promise<DevelopmentIssuer> {
  return DevelopmentIssuer.start({ ...options, ...changes })
}

/** Somebody else may take the port before the issuer does, but hardly ever does. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

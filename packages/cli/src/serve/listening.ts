import { BlockList, isIP, isIPv6 } from 'node:net'
import { UsageError } from '../frame/failure.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * Returns true for a host that only this machine reaches. Any name but `localhost` could resolve to another address.
 *
 * @param host a name, or an address, which may be in brackets as in a URL
 */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(address)
  return version === 0 ? host === 'localhost' : loopback.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

const loopbackFor: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** Returns the origin at which this process reaches a server that listens there. */
export function localOrigin(host: string, port: number): string {
  const address = loopbackFor[host] ?? host
  return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`
}

/** @throws UsageError if other machines could reach the host, and the user has not allowed that */
export function checkHost(host: string, { exposeToNetwork }: { readonly exposeToNetwork: boolean }): void {
  if (exposeToNetwork || isLoopback(host)) return
  throw new UsageError(
    `option '--host': other machines could reach ${host}, get tokens from the issuer and stop it. ` +
      'If you want that, add --expose-to-network.',
  )
}

/** What the user can do if a server cannot listen, by the code of Node's error. */
const remedies: Readonly<Record<string, (address: Address) => string>> = {
  EADDRINUSE: ({ port }) => `port ${port} is taken, perhaps by another issuer: choose another one with --port`,
  EACCES: ({ port }) => `port ${port} needs more rights: choose one above 1023 with --port`,
  EADDRNOTAVAIL: ({ host }) => `option '--host': this machine does not have the address ${host}`,
  ENOTFOUND: ({ host }) => `option '--host': there is no host ${host}`,
}

interface Address {
  readonly host: string
  readonly port: number
}

/** Returns the error for the user. An error that is not about the address is returned as it is. */
export function listeningError(error: unknown, address: Address): unknown {
  const remedy = remedies[String((Object(error) as { code?: unknown }).code)]
  return remedy === undefined ? error : new UsageError(remedy(address))
}

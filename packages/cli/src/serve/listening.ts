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

import { BlockList } from '../platform.ts'

/** The address blocks outside the public internet: RFC 6890 and the IANA registries it defines. */
const privateBlocks: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'], // this network; Linux routes it to this machine
  ['10.0.0.0', 8, 'ipv4'], // private use, RFC 1918
  ['100.64.0.0', 10, 'ipv4'], // shared address space, RFC 6598
  ['127.0.0.0', 8, 'ipv4'], // loopback
  ['169.254.0.0', 16, 'ipv4'], // link-local, RFC 3927; cloud metadata services
  ['172.16.0.0', 12, 'ipv4'], // private use, RFC 1918
  ['192.0.0.0', 24, 'ipv4'], // IETF protocol assignments
  ['192.168.0.0', 16, 'ipv4'], // private use, RFC 1918
  ['198.18.0.0', 15, 'ipv4'], // benchmarking, RFC 2544
  ['224.0.0.0', 3, 'ipv4'], // multicast, reserved, broadcast
  ['::', 128, 'ipv6'], // unspecified
  ['::1', 128, 'ipv6'], // loopback
  ['64:ff9b:1::', 48, 'ipv6'], // local-use translation, RFC 8215
  ['2001::', 32, 'ipv6'], // Teredo, which carries IPv4, RFC 4380
  ['2002::', 16, 'ipv6'], // 6to4, which carries IPv4, RFC 3056
  ['fc00::', 7, 'ipv6'], // unique local, RFC 4193
  ['fe80::', 10, 'ipv6'], // link-local, RFC 4291
  ['fec0::', 10, 'ipv6'], // site-local, RFC 3879
  ['ff00::', 8, 'ipv6'], // multicast
]

/**
 * The 96-bit prefixes of IPv6 addresses that embed an IPv4 address: RFC 4291 §2.5.5.1, RFC 2765 §2.1, RFC 6052 §2.1.
 * `BlockList` handles IPv4-mapped addresses by itself.
 */
const translations = ['::', '::ffff:0:', '64:ff9b::'] as const

const addresses = new BlockList()
for (const [network, prefix, family] of privateBlocks) {
  addresses.addSubnet(network, prefix, family)
  if (family === 'ipv6') continue
  for (const translation of translations) addresses.addSubnet(`${translation}${network}`, 96 + prefix, 'ipv6')
}

/**
 * True if the hostname shows that a host is on this machine or in a private network. Names are not resolved.
 *
 * @param hostname the `hostname` of a `URL`, which is normalized
 */
export function isPrivateHost(hostname: string): boolean {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
  // RFC 6761 §6.3
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  if (name.startsWith('[')) return addresses.check(name.slice(1, -1), 'ipv6')
  return /^[\d.]+$/.test(name) && addresses.check(name, 'ipv4')
}

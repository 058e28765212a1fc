type Family = 'ipv4' | 'ipv6'

interface Subnet {
  readonly first: bigint
  /** How many bits of an address are free. */
  readonly free: bigint
}

/** RFC 4291 §2.5.5.2: an IPv4 address is also an IPv6 address with this prefix. */
const mapped = 0xffffn << 32n

/** The part of Node's `BlockList` that core uses. Addresses are in the form that `URL` gives them. */
export class BlockList {
  readonly #subnets: Subnet[] = []

  addSubnet(network: string, prefix: number, family: Family): void {
    const free = BigInt((family === 'ipv4' ? 32 : 128) - prefix)
    this.#subnets.push({ first: addressOf(network, family) >> free, free })
  }

  check(address: string, family: Family): boolean {
    const value = addressOf(address, family)
    return this.#subnets.some(({ first, free }) => value >> free === first)
  }
}

function addressOf(address: string, family: Family): bigint {
  return family === 'ipv4' ? mapped | valueOf(address.split('.').map(Number), 8n) : ipv6Of(address)
}

/** RFC 4291 §2.2: two colons stand for groups of zeros, and the last two groups may be an IPv4 address. */
function ipv6Of(address: string): bigint {
  const hexadecimal = address.replace(/[\d.]+\.\d+$/, (ipv4) => {
    const value = valueOf(ipv4.split('.').map(Number), 8n)
    return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`
  })
  const [before = [], after = []] = hexadecimal.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return valueOf(
    [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16)),
    16n,
  )
}

function valueOf(groups: readonly number[], bits: bigint): bigint {
  return groups.reduce((value, group) => (value << bits) | BigInt(group), 0n)
}

import { emitWarning } from '../../../platform.ts'

/** A registered symbol, so that two copies of this package in one process warn only once. */
const registry = Symbol.for('bearerkit.insecureHosts')

/** The hosts that a warning was emitted for. Only hosts named in options are added, so the set stays small. */
function warnedHosts(): Set<string> {
  const holder = globalThis as { [registry]?: Set<string> }
  holder[registry] ??= new Set()
  return holder[registry]
}

/** Warns, once per process and host, that keys from these hosts can be replaced in transit. */
export function warnOfInsecureHosts(hosts: readonly string[]): void {
  const warned = warnedHosts()
  for (const host of hosts) {
    if (warned.has(host)) continue
    warned.add(host)
    emitWarning(
      `insecureHosts names ${host}: keys may come from it over plain http, where anybody in the network can replace them`,
      'BearerKitWarning',
    )
  }
}

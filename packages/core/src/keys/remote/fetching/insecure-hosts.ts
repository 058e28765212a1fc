/** Registered, so that two copies of this package in one process warn once. */
const registry = Symbol.for('bearerkit.insecureHosts')

/** The hosts that this process was warned of. Their number is the number that options name. */
function warnedHosts(): Set<string> {
  const holder = globalThis as { [registry]?: Set<string> }
  holder[registry] ??= new Set()
  return holder[registry]
}

/** Warns, once per process and host, that keys from these hosts can be replaced on the way. */
export function warnOfInsecureHosts(hosts: readonly string[]): void {
  const warned = warnedHosts()
  for (const host of hosts) {
    if (warned.has(host)) continue
    warned.add(host)
    process.emitWarning(
      `insecureHosts names ${host}: keys may come from it over plain http, where anybody in the network can replace them`,
      'BearerKitWarning',
    )
  }
}

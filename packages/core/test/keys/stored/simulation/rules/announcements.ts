import type { Instance } from '../instance.ts'
import type { Ledger, LedgerVersion } from './ledger.ts'
import { cachedFor, type FleetPlan, longestBackOff } from '../plan.ts'
import { mustHold } from './token-rules.ts'
import { kid, type ServiceProcess } from '../service-process.ts'
import type { VirtualTime } from '../world/virtual-time.ts'

/** How long a write takes while all is well, and at most, in milliseconds. */
const promptWrite = 250
const longestWrite = 2000

/** Checks that verifiers elsewhere, which keep a JWKS for as long as they may, know each key that signs. */
export class Announcements {
  readonly #time: VirtualTime
  readonly #plan: FleetPlan
  readonly #ledger: Ledger
  readonly #instances: readonly Instance[]
  fetched = 0
  checked = 0

  constructor(time: VirtualTime, plan: FleetPlan, ledger: Ledger, instances: readonly Instance[]) {
    this.#time = time
    this.#plan = plan
    this.#ledger = ledger
    this.#instances = instances
  }

  /** A verifier elsewhere fetches the JWKS from an instance. */
  async fetch(process: ServiceProcess): Promise<void> {
    const served = await this.#time.as(process, () => process.keys.publishedJwks()).catch(() => undefined)
    if (served === undefined || process.isSuspended) return
    this.fetched += 1
    const kids = new Set(served.keys.map(({ kid: name }) => name))
    for (const { number, thumbprint } of this.#ledger.living) {
      if (!kids.has(`${kid}.${number}`)) process.lacking.set(thumbprint, this.#time.now)
    }
    for (const name of kids) {
      const { fingerprint } = await process.keys.getKey(String(name))
      mustHold(this.#ledger.byThumbprint(fingerprint) !== undefined, `${name} is published, and the store never had it`)
    }
  }

  /** A version has signed. All JWKS that are still cached must contain it. */
  checkSigned(version: LedgerVersion): void {
    if (!version.isAnnounced || version.isCheckedWhenSigning) return
    version.isCheckedWhenSigning = true
    this.checked += 1
    const oldest = this.#time.now - cachedFor(this.#plan) + this.#delayOf(version)
    for (const instance of this.#instances) {
      const lackedUntil = this.#lackedUntil(instance, version)
      if (lackedUntil <= oldest || this.#wasCutOff(instance, version, lackedUntil)) continue
      const short = Math.round(lackedUntil - oldest)
      mustHold(false, `${kid}.${version.number} signs ${short} ms before a JWKS of ${instance.name} has expired`)
    }
  }

  #lackedUntil({ published, awake, servedUntil }: Instance, { thumbprint }: LedgerVersion): number {
    return published.get(thumbprint) ?? awake?.lackedUntil(thumbprint) ?? servedUntil
  }

  /** An instance that cannot reach the store publishes what it has. */
  #wasCutOff(instance: Instance, { madeAt }: LedgerVersion, until: number): boolean {
    return instance.wasTroubled(madeAt - longestBackOff, until)
  }

  /** The version counts as created before it is written. A write may take as long as its timeout. */
  #delayOf({ madeAt, createdAt, by }: LedgerVersion): number {
    const took = madeAt - (createdAt - by.aheadAt(madeAt))
    return Math.max(0, Math.min(took, longestWrite) - promptWrite)
  }
}

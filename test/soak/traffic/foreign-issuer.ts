import { createTestIssuer, type DocumentName, type Fault, type ListeningTestIssuer } from '@bearerkit/testing'
import { audience, type FrameworkName, frameworkNames } from '../deployment.ts'
import type { Obstacle } from './change.ts'
import { DeliveredKeys, type DeliverySettings } from './delivered-keys.ts'
import { forgeries } from './forgeries.ts'
import type { Issuing } from './soak-token.ts'

/** The kid of the key of a `TestIssuer`. */
const kid = 'test'
const fewestKeys = 2

/** An issuer that publishes its keys over HTTP, replaces them, and fails. It knows which keys each server was sent. */
export class ForeignIssuer implements Issuing {
  readonly name = 'foreign'
  readonly #issuer: ListeningTestIssuer
  readonly #delivered: ReadonlyMap<string, DeliveredKeys>
  #fault: Fault | undefined

  private constructor(issuer: ListeningTestIssuer, settings: DeliverySettings) {
    this.#issuer = issuer
    this.#delivered = new Map(frameworkNames.map((server) => [server, new DeliveredKeys(settings)]))
    issuer.requests.watch(({ path, headers }, outcome) => {
      if (!issuer.jwksUrl.endsWith(path) || !this.#answersWell) return
      void outcome.then((status) => this.#note(headers['user-agent'], status))
    })
  }

  static async open(settings: DeliverySettings): Promise<ForeignIssuer> {
    return new ForeignIssuer(await createTestIssuer({ audience }), settings)
  }

  get url(): string {
    return this.#issuer.issuer
  }

  readonly issue: Issuing['issue'] = (claims, options) => this.#issuer.issue(claims, options)

  get forgeries(): Issuing['forgeries'] {
    return forgeries(this.#issuer.forged)
  }

  obstacles(kidOfToken: string, server: FrameworkName): readonly Obstacle[] {
    return this.#delivered.get(server)?.obstacles(kidOfToken) ?? []
  }

  fail(fault: Fault, only: DocumentName | undefined): void {
    this.#fault = only === 'jwks' || only === undefined ? fault : undefined
    this.#issuer.fail(fault, only === undefined ? {} : { only })
  }

  recover(): void {
    this.#fault = undefined
    this.#issuer.recover()
  }

  async announceKey(activateAfter: number): Promise<void> {
    await this.#issuer.keys.rotateKey(kid, { activateAfter: `${activateAfter}ms` })
  }

  async replaceKey(): Promise<void> {
    await this.#issuer.keys.rotateKey(kid)
  }

  async removeOldestKey(): Promise<void> {
    const { keys } = this.#issuer
    const versions = await keys.listVersions(kid)
    if (versions.length > fewestKeys) await keys.destroyKey(kid, versions[0])
  }

  /** The servers that were sent nothing since then. */
  unreachedSince(time: number): string[] {
    return [...this.#delivered].filter(([, { deliveredAt }]) => deliveredAt < time).map(([server]) => server)
  }

  async close(): Promise<void> {
    await this.#issuer.close()
  }

  /** Slow answers arrive before the deadline of the servers. */
  get #answersWell(): boolean {
    return this.#fault === undefined || this.#fault.kind === 'slow'
  }

  async #note(server: string | undefined, status: unknown): Promise<void> {
    if (status !== 200 && status !== 304) return
    const { keys } = await this.#issuer.keys.jwks()
    this.#delivered.get(server ?? '')?.deliver(new Set(keys.map((key) => String(key.kid))), Date.now())
  }
}

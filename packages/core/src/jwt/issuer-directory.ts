import { LRUCache } from 'lru-cache'
import { VerificationUnavailableError } from '../errors.ts'
import type { IssuerOptions } from './issuer-options.ts'
import { TrustedIssuer } from './trusted-issuer.ts'
import type { IssuerResolver } from './verifier-options.ts'

export interface DirectorySettings {
  readonly issuers: readonly IssuerOptions[]
  readonly resolveIssuer: IssuerResolver | undefined
  readonly shared: IssuerOptions
}

/** Resolved issuers that are kept; of more, the longest unused goes. */
const maxResolved = 100
/** An issuer that no token has named for so long is let go, in milliseconds. */
const idleTime = 60 * 60_000

/** Whose tokens are accepted. A token's `iss` is compared with what it knows before anything is fetched for it. */
export class IssuerDirectory {
  readonly #known: ReadonlyMap<string, TrustedIssuer>
  readonly #settings: DirectorySettings
  /** Promises, so that one question is asked for many tokens. */
  readonly #resolved = new LRUCache<string, Promise<TrustedIssuer | undefined>>({
    max: maxResolved,
    ttl: idleTime,
    updateAgeOnGet: true,
    dispose: (resolving) => void resolving.then((issuer) => issuer?.close()).catch(() => undefined),
  })

  /** @throws ConfigurationError naming the option, and the variable where there is one */
  constructor(settings: DirectorySettings, owner: string) {
    this.#settings = settings
    const several = settings.issuers.length > 1
    const trusted = settings.issuers.map((options, index) => {
      return new TrustedIssuer(options, several ? `${owner}: issuers[${index}]` : owner)
    })
    this.#known = new Map(trusted.map((issuer) => [issuer.issuer, issuer]))
  }

  /** The issuers that were named, without those that are resolved. */
  get known(): readonly TrustedIssuer[] {
    return [...this.#known.values()]
  }

  /**
   * The issuer with exactly this `iss` (RFC 8725 §3.8), or undefined if it is not trusted.
   *
   * @throws VerificationUnavailableError if `resolveIssuer` fails, or what it answers cannot be used
   */
  find(iss: unknown): TrustedIssuer | undefined | Promise<TrustedIssuer | undefined> {
    if (typeof iss !== 'string') return undefined
    const known = this.#known.get(iss)
    const { resolveIssuer } = this.#settings
    return known !== undefined || resolveIssuer === undefined ? known : this.#resolve(iss, resolveIssuer)
  }

  close(): void {
    for (const issuer of this.#known.values()) issuer.close()
    this.#resolved.clear()
  }

  #resolve(iss: string, resolveIssuer: IssuerResolver): Promise<TrustedIssuer | undefined> {
    const resolving = this.#resolved.get(iss) ?? this.#ask(iss, resolveIssuer)
    this.#resolved.set(iss, resolving, { noDisposeOnSet: true })
    // Only trust is remembered: a tenant that signs up a moment later is not told to wait.
    const forget = (): void => void (this.#resolved.peek(iss) === resolving && this.#resolved.delete(iss))
    resolving.then((issuer) => issuer ?? forget(), forget)
    return resolving
  }

  async #ask(iss: string, resolveIssuer: IssuerResolver): Promise<TrustedIssuer | undefined> {
    try {
      const options = await resolveIssuer(iss)
      return options && new TrustedIssuer({ ...this.#settings.shared, ...options, issuer: iss }, 'resolveIssuer')
    } catch (cause) {
      throw new VerificationUnavailableError('the issuer of the token could not be resolved', { cause })
    }
  }
}

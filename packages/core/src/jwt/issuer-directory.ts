import { LRUCache } from 'lru-cache'
import { ConfigurationError, VerificationUnavailableError } from '../errors.ts'
import { untilAborted, withDeadline } from '../deadline.ts'
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

/** How long `resolveIssuer` may take, in milliseconds. */
const longestAsk = 5000

/** Whose tokens are accepted. A token's `iss` is compared with what it knows before anything is fetched for it. */
export class IssuerDirectory {
  readonly #known: ReadonlyMap<string, TrustedIssuer>
  readonly #settings: DirectorySettings
  readonly #resolved = new LRUCache<string, TrustedIssuer>({
    max: maxResolved,
    ttl: idleTime,
    updateAgeOnGet: true,
    dispose: (issuer) => issuer.close(),
  })
  /** One question is asked for many tokens. Apart from what is trusted, which junk must not push out. */
  readonly #asking = new Map<string, Promise<TrustedIssuer | undefined>>()

  /** @throws ConfigurationError naming the option, and the variable where there is one */
  constructor(settings: DirectorySettings, owner: string) {
    this.#settings = settings
    const several = settings.issuers.length > 1
    const trusted = settings.issuers.map((options, index) => {
      return new TrustedIssuer(options, several ? `${owner}: issuers[${index}]` : owner)
    })
    this.#known = new Map(trusted.map((issuer) => [issuer.issuer, issuer]))
    if (this.#known.size === trusted.length) return
    throw new ConfigurationError(`${owner}: option \`issuers\` names one issuer twice`, 'issuers')
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

  #resolve(iss: string, resolveIssuer: IssuerResolver): TrustedIssuer | Promise<TrustedIssuer | undefined> {
    const resolved = this.#resolved.get(iss)
    if (resolved !== undefined) return resolved
    const asking = this.#asking.get(iss) ?? this.#ask(iss, resolveIssuer).finally(() => this.#asking.delete(iss))
    this.#asking.set(iss, asking)
    return asking
  }

  /** Only trust is remembered: a tenant that signs up a moment later is not told to wait. */
  async #ask(iss: string, resolveIssuer: IssuerResolver): Promise<TrustedIssuer | undefined> {
    try {
      const options = await withDeadline(longestAsk, undefined, (deadline) => {
        return untilAborted(Promise.resolve(resolveIssuer(iss)), deadline)
      })
      // RFC 8725 §3.8: rules for one issuer are not for another.
      if (options === undefined || (options.issuer ?? iss) !== iss) return undefined
      const issuer = new TrustedIssuer({ ...this.#settings.shared, ...options, issuer: iss }, 'resolveIssuer')
      this.#resolved.set(iss, issuer)
      return issuer
    } catch (cause) {
      throw new VerificationUnavailableError('the issuer of the token could not be resolved', { cause })
    }
  }
}

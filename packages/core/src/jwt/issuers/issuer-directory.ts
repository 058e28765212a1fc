import { signatureAlgorithms } from '../../algorithms.ts'
import type { Clock } from '../../clock.ts'
import { ConfigurationError } from '../../errors.ts'
import { SharedJwks } from '../../keys/remote/fetching/shared-jwks.ts'
import { Buffer } from '../../platform.ts'
import type { Profile } from '../jws/header.ts'
import type { IssuerOptions } from './issuer-options.ts'
import { type IssuerResolver, ResolvedIssuers } from './resolved-issuers.ts'
import { TrustedIssuer } from './trusted-issuer.ts'

export interface DirectorySettings {
  readonly issuers: readonly IssuerOptions[]
  readonly resolveIssuer: IssuerResolver | undefined
  readonly shared: IssuerOptions
  readonly maxIssuers: number
  /** In milliseconds. */
  readonly issuerTtl: number
  readonly clock: Clock
}

/** The rules for the header of a token. */
export interface HeaderRules {
  readonly profile: Profile
  readonly algorithms: ReadonlySet<string>
}

/** Starts an escape sequence, which can spell any character of a JSON string differently. */
const backslash = 0x5c

/** The issuers whose tokens are accepted. Nothing is fetched for a token whose `iss` is not found here. */
export class IssuerDirectory {
  /** The union of the rules of all issuers. A header that violates it is refused before the claims are read. */
  readonly widestRules: HeaderRules
  readonly #named: ReadonlyMap<string, TrustedIssuer>
  readonly #resolved: ResolvedIssuers | undefined
  /** The names of all issuers as JSON strings, encoded. Undefined if a resolver may accept other names. */
  readonly #quotedNames: readonly Buffer[] | undefined

  /** @throws ConfigurationError naming the option, and its environment variable if it has one */
  constructor({ issuers, resolveIssuer, ...settings }: DirectorySettings, owner: string) {
    const isAlone = issuers.length === 1 && resolveIssuer === undefined
    const documents = isAlone ? undefined : new SharedJwks(issuers.length + settings.maxIssuers)
    const named = issuers.map((options, index) => {
      return new TrustedIssuer(options, issuers.length > 1 ? `${owner}: issuers[${index}]` : owner, { documents })
    })
    this.#named = new Map(named.map((issuer) => [issuer.issuer, issuer]))
    if (this.#named.size < named.length)
      throw new ConfigurationError(`${owner}: option \`issuers\` names the same issuer twice`, 'issuers')
    this.#resolved = resolveIssuer && new ResolvedIssuers({ ...settings, resolveIssuer, documents })
    this.#quotedNames = resolveIssuer === undefined ? named.map(({ issuer }) => quoted(issuer)) : undefined
    this.widestRules = resolveIssuer === undefined ? widestOf(named) : anyRules
  }

  /** The issuers named in the options, without resolved ones. */
  get named(): readonly TrustedIssuer[] {
    return [...this.#named.values()]
  }

  /** The named issuers that are asked about opaque tokens. */
  get introspected(): readonly TrustedIssuer[] {
    return this.named.filter(({ introspection }) => introspection !== undefined)
  }

  /**
   * False if the payload certainly names none of these issuers. Searches the octets, because parsing the JSON of a hostile
   * token can take long. The names are encoded once, because encoding one takes longer than the search.
   */
  mayBeNamedIn(payload: Buffer): boolean {
    const names = this.#quotedNames
    return names === undefined || payload.includes(backslash) || names.some((name) => payload.includes(name))
  }

  /**
   * Returns the issuer with exactly this `iss` (RFC 8725 §3.8), or undefined if it is not trusted.
   *
   * @throws VerificationUnavailableError if `resolveIssuer` fails or returns invalid options
   */
  find(iss: unknown): TrustedIssuer | undefined | Promise<TrustedIssuer | undefined> {
    if (typeof iss !== 'string') return undefined
    return this.#named.get(iss) ?? this.#resolved?.find(iss)
  }

  /** Like {@link find}, but asks nobody: undefined if `resolveIssuer` was not asked about the issuer yet. */
  known(iss: unknown): TrustedIssuer | undefined {
    if (typeof iss !== 'string') return undefined
    return this.#named.get(iss) ?? this.#resolved?.known(iss)
  }

  /** Records that a signature of the issuer has been verified. */
  vouch(issuer: TrustedIssuer): void {
    this.#resolved?.vouch(issuer)
  }

  /** True if the issuer is still trusted, so its cached tokens are still accepted. */
  holds(issuer: TrustedIssuer): boolean {
    return this.#resolved === undefined || this.#named.has(issuer.issuer) || this.#resolved.holds(issuer)
  }

  /** Ends the trust in a resolved issuer. Issuers named in the options stay. */
  forget(iss: string): void {
    this.#resolved?.forget(iss)
  }

  close(): void {
    for (const issuer of this.#named.values()) issuer.close()
    this.#resolved?.close()
  }
}

function quoted(name: string): Buffer {
  return Buffer.from(JSON.stringify(name))
}

const anyRules: HeaderRules = { profile: 'jwt', algorithms: new Set(signatureAlgorithms) }

function widestOf(issuers: readonly TrustedIssuer[]): HeaderRules {
  const isStrict = issuers.every(({ profile }) => profile === 'rfc9068')
  return {
    profile: isStrict ? 'rfc9068' : 'jwt',
    algorithms: new Set(issuers.flatMap(({ algorithms }) => [...algorithms])),
  }
}

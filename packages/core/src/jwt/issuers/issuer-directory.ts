import { signatureAlgorithms } from '../../algorithms.ts'
import type { Clock } from '../../clock.ts'
import { ConfigurationError } from '../../errors.ts'
import { SharedJwks } from '../../keys/remote/fetching/shared-jwks.ts'
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

/** What the header of a token must satisfy, whichever of the issuers it is from. */
export interface HeaderRules {
  readonly profile: Profile
  readonly algorithms: ReadonlySet<string>
}

/** A backslash can spell any character of a JSON string in another way. */
const backslash = '\\'

/** The issuers whose tokens are accepted. Nothing is fetched for a token before its `iss` was found here. */
export class IssuerDirectory {
  /** A token outside of these rules is refused before its claims are read. */
  readonly widestRules: HeaderRules
  readonly #named: ReadonlyMap<string, TrustedIssuer>
  readonly #resolved: ResolvedIssuers | undefined
  /** The names of all issuers as JSON strings; undefined if a resolver may know others. */
  readonly #quotedNames: readonly string[] | undefined

  /** @throws ConfigurationError naming the option, and the variable where there is one */
  constructor({ issuers, resolveIssuer, ...settings }: DirectorySettings, owner: string) {
    const isAlone = issuers.length === 1 && resolveIssuer === undefined
    const documents = isAlone ? undefined : new SharedJwks(issuers.length + settings.maxIssuers)
    const named = issuers.map((options, index) => {
      return new TrustedIssuer(options, issuers.length > 1 ? `${owner}: issuers[${index}]` : owner, { documents })
    })
    this.#named = new Map(named.map((issuer) => [issuer.issuer, issuer]))
    if (this.#named.size < named.length)
      throw new ConfigurationError(`${owner}: option \`issuers\` names one issuer twice`, 'issuers')
    this.#resolved = resolveIssuer && new ResolvedIssuers({ ...settings, resolveIssuer, documents })
    this.#quotedNames = resolveIssuer === undefined ? named.map(({ issuer }) => JSON.stringify(issuer)) : undefined
    this.widestRules = resolveIssuer === undefined ? widestOf(named) : anyRules
  }

  /** The issuers that the options name, without those that are resolved. */
  get named(): readonly TrustedIssuer[] {
    return [...this.#named.values()]
  }

  /**
   * Whether claims may name one of these issuers, judged without parsing them, since parsing can take long. False only
   * if it is certain that they do not.
   */
  mayBeNamedIn(payload: Buffer): boolean {
    const names = this.#quotedNames
    return names === undefined || payload.includes(backslash) || names.some((name) => payload.includes(name))
  }

  /**
   * The issuer with exactly this `iss` (RFC 8725 §3.8), or undefined if it is not trusted.
   *
   * @throws VerificationUnavailableError if `resolveIssuer` fails, or its answer cannot be used
   */
  find(iss: unknown): TrustedIssuer | undefined | Promise<TrustedIssuer | undefined> {
    if (typeof iss !== 'string') return undefined
    return this.#named.get(iss) ?? this.#resolved?.find(iss)
  }

  /** Notes that a signature of the issuer has held. */
  vouch(issuer: TrustedIssuer): void {
    this.#resolved?.vouch(issuer)
  }

  /** Whether tokens of the issuer that were verified before may still pass. */
  holds(issuer: TrustedIssuer): boolean {
    return this.#resolved === undefined || this.#named.has(issuer.issuer) || this.#resolved.holds(issuer)
  }

  /** Ends the trust in an issuer that was resolved. Those that the options name stay. */
  forget(iss: string): void {
    this.#resolved?.forget(iss)
  }

  close(): void {
    for (const issuer of this.#named.values()) issuer.close()
    this.#resolved?.close()
  }
}

const anyRules: HeaderRules = { profile: 'jwt', algorithms: new Set(signatureAlgorithms) }

function widestOf(issuers: readonly TrustedIssuer[]): HeaderRules {
  const isStrict = issuers.every(({ profile }) => profile === 'rfc9068')
  return {
    profile: isStrict ? 'rfc9068' : 'jwt',
    algorithms: new Set(issuers.flatMap(({ algorithms }) => [...algorithms])),
  }
}

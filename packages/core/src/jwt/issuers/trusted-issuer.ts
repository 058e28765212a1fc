import { EventEmitter } from 'node:events'
import { KeySourceUnavailableError } from '../../errors.ts'
import type { VerificationKeys } from '../../keys/key-roles.ts'
import type { SharedJwks } from '../../keys/remote/fetching/shared-jwks.ts'
import { JwksSource } from '../../keys/remote/jwks-source.ts'
import { haveSameMembers } from '../../plain.ts'
import { checkClaims, type ClaimRules, type Validity, validityOf } from '../claims/claims.ts'
import type { AccessTokenClaims } from '../jws/compact-jws.ts'
import { type Profile } from '../jws/header.ts'
import {
  type IssuerOptions,
  type IssuerSettings,
  readIssuerOptions,
  remoteKeyOptionsIn,
  type RemoteKeySettings,
} from './issuer-options.ts'

/** The keys that a verifier fetches for an issuer, and the options that decide how. */
interface FetchedKeys {
  readonly source: JwksSource
  readonly options: object
}

/** Keys and documents that an issuer may reuse instead of fetching them. */
export interface Inheritance {
  /** The previous issuer of this name. Its fetched keys are reused if the key options are unchanged. */
  readonly former?: TrustedIssuer | undefined
  /** The JWKS documents that all issuers of the verifier share. Several issuers may use the same URL. */
  readonly documents?: SharedJwks | undefined
}

/** An issuer whose tokens are accepted: its keys, and the rules for its tokens. */
export class TrustedIssuer {
  readonly issuer: string
  readonly algorithms: ReadonlySet<string>
  readonly profile: Profile
  readonly audience: readonly string[] | null
  readonly #rules: ClaimRules
  readonly #fetched: FetchedKeys | undefined
  #keys: VerificationKeys
  #isWithdrawn = false

  /** @throws ConfigurationError naming the option, and its environment variable if it has one */
  constructor(options: IssuerOptions, owner: string, inheritance: Inheritance = {}) {
    const settings = readIssuerOptions(options, owner)
    const { maxTokenAge } = settings
    this.#fetched = settings.keys === undefined ? fetchedKeys(options, settings, inheritance) : undefined
    this.#keys = settings.keys ?? this.#fetched?.source ?? keysLetGo
    this.issuer = settings.issuer
    this.algorithms = new Set(settings.algorithms)
    this.profile = settings.profile
    this.audience = settings.audience
    this.#rules = {
      profile: settings.profile,
      audience: settings.audience && new Set(settings.audience),
      clockTolerance: settings.clockTolerance / 1000,
      maxTokenAge: maxTokenAge === undefined ? undefined : maxTokenAge / 1000,
      requiredClaims: settings.requiredClaims,
    }
  }

  get keys(): VerificationKeys {
    return this.#keys
  }

  /** True after the trust has ended. Verifications in progress must then fail. */
  get isWithdrawn(): boolean {
    return this.#isWithdrawn
  }

  /** @throws TokenError with the code of the first violated rule */
  checkClaims(claims: Readonly<Record<string, unknown>>, now: number): AccessTokenClaims {
    return checkClaims(claims, this.#rules, now)
  }

  /** Returns the time span in which claims are valid. They must have passed {@link checkClaims}. */
  validityOf(claims: AccessTokenClaims): Validity {
    return validityOf(claims, this.#rules)
  }

  /** Frees the keys after the issuer was evicted. Cached tokens may still refer to the issuer. */
  letGo(): void {
    this.#keys = keysLetGo
  }

  /** Ends the trust and aborts the key fetches in progress. */
  withdraw(): void {
    this.#isWithdrawn = true
    this.close()
  }

  /** Returns the keys that were fetched with the same options. */
  keysFetchedWith(options: object): FetchedKeys | undefined {
    return this.#fetched !== undefined && haveSameMembers(this.#fetched.options, options) ? this.#fetched : undefined
  }

  /** Aborts the key fetches in progress. A provider given as `keys` belongs to the application. */
  close(): void {
    this.#fetched?.source.close()
  }
}

function fetchedKeys(
  given: IssuerOptions,
  settings: IssuerSettings & RemoteKeySettings,
  { former, documents }: Inheritance,
): FetchedKeys {
  const { issuer, jwksUrl } = settings
  const location = jwksUrl === undefined ? { issuer, jwksUrl } : { issuer: undefined, jwksUrl }
  const options = { ...remoteKeyOptionsIn(given), ...location }
  const known = former?.keysFetchedWith(options)
  if (known !== undefined) return known
  // Nobody can listen to these keys: their events are for the diagnostics channel.
  return { source: new JwksSource({ ...settings, ...location }, new EventEmitter(), documents), options }
}

const keysLetGo: VerificationKeys = {
  verificationKeys: () =>
    Promise.reject(new KeySourceUnavailableError('the issuer was evicted from the cache and its keys were freed')),
  trusts: () => false,
}

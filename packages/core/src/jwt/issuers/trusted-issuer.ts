import { withoutUndefined } from '../../configuration/options.ts'
import { KeySourceUnavailableError } from '../../errors.ts'
import type { VerificationKeys } from '../../keys/key-roles.ts'
import type { SharedJwks } from '../../keys/remote/fetching/shared-jwks.ts'
import { JwksSource } from '../../keys/remote/jwks-source.ts'
import { haveSameMembers } from '../../plain.ts'
import { EventEmitter } from '../../platform.ts'
import { checkClaims, type ClaimRules, requiredBy, type Validity, validityOf } from '../claims/claims.ts'
import { IntrospectionClient } from '../introspection/introspection-client.ts'
import type { IntrospectionOptions } from '../introspection/introspection-options.ts'
import { isTokenIntrospection, type TokenIntrospection } from '../introspection/token-introspection.ts'
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
  /** Asks the issuer about its opaque tokens. */
  readonly introspection: TokenIntrospection | undefined
  /** The rules for the claims of a JWT. */
  readonly rules: ClaimRules
  /** The rules for the claims in an answer of the introspection endpoint. */
  readonly answerRules: ClaimRules
  readonly #fetched: FetchedKeys | undefined
  #keys: VerificationKeys
  readonly #ownsIntrospection: boolean
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
    this.#ownsIntrospection = settings.introspection === undefined || !isTokenIntrospection(settings.introspection)
    this.introspection = introspectionFor(options, settings.introspection, this.#keys, owner)
    const rules = {
      audience: settings.audience && new Set(settings.audience),
      clockTolerance: settings.clockTolerance / 1000,
      maxTokenAge: maxTokenAge === undefined ? undefined : maxTokenAge / 1000,
    }
    const { requiredClaims } = settings
    this.rules = { ...rules, required: [...requiredBy[settings.profile], ...requiredClaims] }
    // RFC 7662 §2.2: every member of an answer except `active` is optional. The profile decides about `cnf` alone.
    const binding = requiredBy[settings.profile].filter((claim) => claim === 'cnf')
    this.answerRules = { ...rules, required: [...binding, ...requiredClaims] }
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
    return checkClaims(claims, this.rules, now)
  }

  /**
   * Checks the claims in an answer of the introspection endpoint, whose `iss` was checked.
   *
   * @throws TokenError with the code of the first violated rule
   */
  checkAnswer(claims: Readonly<Record<string, unknown>>, now: number): AccessTokenClaims {
    return checkClaims(claims, this.answerRules, now)
  }

  /** Returns the time span in which claims are valid. They must have passed {@link checkClaims} or
   * {@link checkAnswer}. */
  validityOf(claims: AccessTokenClaims): Validity {
    return validityOf(claims, this.rules)
  }

  /** Frees the keys after the issuer was evicted. Cached tokens may still refer to the issuer. */
  letGo(): void {
    this.#keys = keysLetGo
  }

  /** Ends the trust and aborts the requests in progress. */
  withdraw(): void {
    this.#isWithdrawn = true
    this.close()
  }

  /** Returns the keys that were fetched with the same options. */
  keysFetchedWith(options: object): FetchedKeys | undefined {
    return this.#fetched !== undefined && haveSameMembers(this.#fetched.options, options) ? this.#fetched : undefined
  }

  /** Aborts the requests in progress. What was given as `keys` or as an `IntrospectionClient` belongs to the application. */
  close(): void {
    this.#fetched?.source.close()
    if (this.#ownsIntrospection) this.introspection?.close()
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

function introspectionFor(
  { issuer = '', metadataUrl, insecureHosts, fetch, clock, random }: IssuerOptions,
  introspection: IntrospectionOptions | TokenIntrospection | undefined,
  keys: VerificationKeys,
  owner: string,
): TokenIntrospection | undefined {
  if (introspection === undefined || isTokenIntrospection(introspection)) return introspection
  const reached = { issuer, keys, metadataUrl, insecureHosts, fetch, clock, random }
  return new IntrospectionClient({ ...withoutUndefined(reached), ...introspection }, `${owner}: introspection`)
}

const keysLetGo: VerificationKeys = {
  verificationKeys: () =>
    Promise.reject(new KeySourceUnavailableError('the issuer was evicted from the cache and its keys were freed')),
  trusts: () => false,
}

import { KeySourceUnavailableError } from '../../errors.ts'
import type { VerificationKeys } from '../../keys/key-roles.ts'
import type { SharedJwks } from '../../keys/remote/fetching/shared-jwks.ts'
import {
  RemoteJwksKeyProvider,
  type RemoteJwksKeyProviderOptions,
  shareJwks,
} from '../../keys/remote/remote-jwks-key-provider.ts'
import { haveSameMembers } from '../../plain.ts'
import { checkClaims, type ClaimRules, type Validity, validityOf } from '../claims/claims.ts'
import type { AccessTokenClaims } from '../jws/compact-jws.ts'
import { type Profile } from '../jws/header.ts'
import { type IssuerOptions, readIssuerOptions, remoteKeyOptionsIn } from './issuer-options.ts'

/** The keys that a verifier fetches for an issuer, and the options that they were made with. */
interface OwnKeys {
  readonly provider: RemoteJwksKeyProvider
  readonly options: RemoteJwksKeyProviderOptions
}

/** What an issuer may take over instead of fetching it. */
export interface Inheritance {
  /** The issuer of the same name before. If its keys come from the same place, they are taken over. */
  readonly former?: TrustedIssuer | undefined
  /** The JWKS documents of all issuers of the verifier: several may name one URL. */
  readonly documents?: SharedJwks | undefined
}

/** An issuer whose tokens are accepted: its keys, and the rules that its tokens must keep. */
export class TrustedIssuer {
  readonly issuer: string
  readonly algorithms: ReadonlySet<string>
  readonly profile: Profile
  readonly audience: readonly string[] | null
  readonly #rules: ClaimRules
  readonly #ownKeys: OwnKeys | undefined
  #keys: VerificationKeys
  #isWithdrawn = false

  /** @throws ConfigurationError naming the option, and the variable where there is one */
  constructor(options: IssuerOptions, owner: string, inheritance: Inheritance = {}) {
    const settings = readIssuerOptions(options, owner)
    const { issuer, jwksUrl, maxTokenAge } = settings
    const location = jwksUrl === undefined ? { issuer } : { jwksUrl }
    const remote = { ...remoteKeyOptionsIn(options), ...location }
    this.#ownKeys = settings.keys === undefined ? ownKeysFor(remote, inheritance) : undefined
    this.#keys = settings.keys ?? this.#ownKeys?.provider ?? keysLetGo
    this.issuer = issuer
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

  /** Whether the trust in this issuer has ended, so that no verification that is under way may pass. */
  get isWithdrawn(): boolean {
    return this.#isWithdrawn
  }

  /** @throws TokenError with the code of the first rule that is broken */
  checkClaims(claims: Readonly<Record<string, unknown>>, now: number): AccessTokenClaims {
    return checkClaims(claims, this.#rules, now)
  }

  /** The span in which claims hold that have passed {@link checkClaims}. It is wrong for any others. */
  validityOf(claims: AccessTokenClaims): Validity {
    return validityOf(claims, this.#rules)
  }

  /** Frees the keys of an issuer that made room for others. Remembered tokens may still refer to it. */
  letGo(): void {
    this.#keys = keysLetGo
  }

  /** Ends the trust, and the fetches that are under way for it. */
  withdraw(): void {
    this.#isWithdrawn = true
    this.close()
  }

  /** The keys that were fetched with the same options. */
  keysMadeWith(options: RemoteJwksKeyProviderOptions): OwnKeys | undefined {
    return this.#ownKeys !== undefined && haveSameMembers(this.#ownKeys.options, options) ? this.#ownKeys : undefined
  }

  /** Ends what the issuer's own key provider has under way. Keys that were given belong to the application. */
  close(): void {
    this.#ownKeys?.provider.close()
  }
}

function ownKeysFor(options: RemoteJwksKeyProviderOptions, { former, documents }: Inheritance): OwnKeys {
  const known = former?.keysMadeWith(options)
  if (known !== undefined) return known
  const provider = new RemoteJwksKeyProvider(options)
  if (documents !== undefined) shareJwks(provider, documents)
  return { provider, options }
}

const keysLetGo: VerificationKeys = {
  verificationKeys: () => Promise.reject(new KeySourceUnavailableError('the keys of the issuer were let go')),
  trusts: () => false,
}

import type { VerificationKeys } from '../keys/key-roles.ts'
import { RemoteJwksKeyProvider } from '../keys/remote/remote-jwks-key-provider.ts'
import { checkClaims, type ClaimRules, type Validity, validityOf } from './claims.ts'
import type { AccessTokenClaims } from './compact-jws.ts'
import { type Profile } from './header.ts'
import { type IssuerOptions, readIssuerOptions, remoteKeyOptionsIn } from './issuer-options.ts'

/** An issuer whose tokens are accepted: its keys, and the rules that its tokens must keep. */
export class TrustedIssuer {
  readonly issuer: string
  readonly keys: VerificationKeys
  readonly algorithms: ReadonlySet<string>
  readonly profile: Profile
  readonly audience: readonly string[] | null
  readonly #rules: ClaimRules
  readonly #ownKeys: RemoteJwksKeyProvider | undefined

  /** @throws ConfigurationError naming the option, and the variable where there is one */
  constructor(options: IssuerOptions, owner: string) {
    const settings = readIssuerOptions(options, owner)
    const { issuer, jwksUrl, maxTokenAge } = settings
    const location = jwksUrl === undefined ? { issuer } : { jwksUrl }
    this.#ownKeys =
      settings.keys === undefined
        ? new RemoteJwksKeyProvider({ ...remoteKeyOptionsIn(options), ...location })
        : undefined
    this.issuer = issuer
    this.keys = settings.keys ?? (this.#ownKeys as VerificationKeys)
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

  /** @throws TokenError with the code of the first rule that is broken */
  checkClaims(claims: Readonly<Record<string, unknown>>, now: number): AccessTokenClaims {
    return checkClaims(claims, this.#rules, now)
  }

  /** From when until when claims hold that passed {@link checkClaims}; it is not for others. */
  validityOf(claims: AccessTokenClaims): Validity {
    return validityOf(claims, this.#rules)
  }

  /** Ends what the issuer's own key provider has under way. Keys that were given belong to who gave them. */
  close(): void {
    this.#ownKeys?.close()
  }
}

import {
  asymmetricSignatureAlgorithms,
  macAlgorithms,
  type OtherName,
  type SignatureAlgorithm,
  signatureAlgorithms,
} from '../../algorithms.ts'
import type { Clock } from '../../clock.ts'
import type { Duration } from '../../configuration/duration.ts'
import { duration, positiveDuration } from '../../configuration/duration-options.ts'
import {
  defaulting,
  excludeEachOther,
  having,
  listOf,
  nullable,
  oneOf,
  optional,
  type Readers,
  readOptions,
  required,
  someOf,
  texts,
} from '../../configuration/options.ts'
import { identifier, issuerIdentifier, protectedUrl } from '../../configuration/url-options.ts'
import { ConfigurationError } from '../../errors.ts'
import type { VerificationKeys } from '../../keys/key-roles.ts'
import type { JwksSourceSettings } from '../../keys/remote/jwks-source.ts'
import { type RemoteKeyOptions, remoteKeyReaders } from '../../keys/remote/remote-key-options.ts'
import type { Profile } from '../jws/header.ts'

/** The rules for the tokens of one issuer. */
export interface IssuerOptions extends RemoteKeyOptions {
  /** The `iss` that tokens must have, compared character by character. Or `BEARERKIT_ISSUER`. */
  issuer?: string | undefined
  /**
   * The `aud` values of which a token must have one. Or `BEARERKIT_AUDIENCE`, with commas between several.
   * `null` gives up the check: then tokens meant for other resources are accepted (RFC 8725 §3.9).
   */
  audience?: string | readonly string[] | null | undefined
  /** Where the keys are. Default: the issuer's published ones, found through its metadata. */
  keys?: VerificationKeys | undefined
  /** The URL of the issuer's JWKS, where it is not to be discovered. Or `BEARERKIT_JWKS_URL`. */
  jwksUrl?: string | undefined
  /**
   * The accepted `alg` values. Default: all asymmetric ones but ES256K. HMAC must be named too, and needs local `keys`.
   */
  algorithms?: readonly (SignatureAlgorithm | OtherName)[] | undefined
  /** `'rfc9068'` holds tokens to the JWT profile for access tokens. Default `'jwt'`. */
  profile?: Profile | undefined
  /** How far clocks may differ, in the checks of `exp`, `nbf` and `iat`. Default `'5s'`. */
  clockTolerance?: Duration | undefined
  /** The longest time since `iat`. Default: `exp` alone decides. */
  maxTokenAge?: Duration | undefined
  /** Claims that must be there, besides those that the profile requires. */
  requiredClaims?: readonly string[] | undefined
}

/** The rules, checked and complete. Durations are in milliseconds. */
export interface IssuerSettings {
  readonly issuer: string
  readonly audience: readonly string[] | null
  readonly keys: VerificationKeys | undefined
  readonly jwksUrl: string | undefined
  readonly algorithms: readonly string[]
  readonly profile: Profile
  readonly clockTolerance: number
  readonly maxTokenAge: number | undefined
  readonly requiredClaims: readonly string[]
  readonly clock: Clock
}

type RemoteKeySettings = Omit<JwksSourceSettings, 'issuer' | 'jwksUrl' | 'clock'>

/** Where keys are discovered, the issuer is a URL that is asked for them; elsewhere it is a name. */
const issuerName = issuerIdentifier(({ keys, jwksUrl, metadataUrl }) => {
  return [keys, jwksUrl, metadataUrl].every((one) => one === undefined)
})

export const issuerReaders: Readers<IssuerSettings & RemoteKeySettings> = {
  ...remoteKeyReaders,
  issuer: required(issuerName),
  audience: required(nullable(listOf(identifier))),
  keys: optional(having<VerificationKeys>('verificationKeys')),
  jwksUrl: optional(protectedUrl),
  algorithms: defaulting(someOf(signatureAlgorithms), asymmetricSignatureAlgorithms),
  profile: defaulting(oneOf<Profile>('jwt', 'rfc9068'), 'jwt'),
  clockTolerance: defaulting(duration, 5000),
  maxTokenAge: optional(positiveDuration),
  requiredClaims: defaulting(texts, []),
}

/** @throws ConfigurationError naming the option, and the variable where there is one */
export function readIssuerOptions(options: IssuerOptions, owner: string): IssuerSettings {
  const settings = readOptions<IssuerSettings & RemoteKeySettings>(owner, options, issuerReaders)
  excludeEachOther(owner, settings, 'keys', 'jwksUrl')
  excludeEachOther(owner, settings, 'keys', 'metadataUrl')
  excludeEachOther(owner, settings, 'jwksUrl', 'metadataUrl')
  const symmetric = settings.algorithms.filter((alg) => macAlgorithms.includes(alg))
  if (symmetric.length > 0 && settings.keys === undefined) {
    throw new ConfigurationError(
      `${owner}: option \`algorithms\`: ${symmetric.join(', ')} needs local \`keys\``,
      'algorithms',
    )
  }
  return settings
}

/** What is for the key provider that a verifier makes, as it was given. */
export function remoteKeyOptionsIn(options: IssuerOptions): RemoteKeyOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(remoteKeyReaders, name)))
}

import { fapi2Algorithms, fapi2Tolerance } from '../fapi2.ts'
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
  type Given,
  having,
  listOf,
  nullable,
  oneOf,
  optional,
  type Readers,
  readOptions,
  refuse,
  required,
  someOf,
  texts,
} from '../../configuration/options.ts'
import { identifier, issuerIdentifier, protectedUrl } from '../../configuration/url-options.ts'
import { ConfigurationError } from '../../errors.ts'
import type { VerificationKeys } from '../../keys/key-roles.ts'
import type { JwksSourceSettings } from '../../keys/remote/jwks-source.ts'
import { type RemoteKeyOptions, remoteKeyReaders } from '../../keys/remote/remote-key-options.ts'
import type { IntrospectionOptions } from '../introspection/introspection-options.ts'
import { isTokenIntrospection, type TokenIntrospection } from '../introspection/token-introspection.ts'
import { printableUrl } from '../../printable.ts'
import type { Profile } from '../jws/header.ts'

/** The rules for the tokens of one issuer. */
export interface IssuerOptions extends RemoteKeyOptions {
  /** The `iss` that tokens must have, compared character by character. Or `BEARERKIT_ISSUER`. */
  issuer?: string | undefined
  /**
   * The accepted `aud` values; a token must have at least one of them. Or `BEARERKIT_AUDIENCE`, separated by commas.
   * `null` disables the check: then tokens for other resources are accepted (RFC 8725 §3.9).
   */
  audience?: string | readonly string[] | null | undefined
  /** The provider of the verification keys. Default: the issuer's published keys, discovered through its metadata. */
  keys?: VerificationKeys | undefined
  /** The URL of the issuer's JWKS. Or `BEARERKIT_JWKS_URL`. Default: discovered through the issuer's metadata. */
  jwksUrl?: string | undefined
  /**
   * Accepts opaque tokens: the issuer is asked about them (RFC 7662). Or an `IntrospectionClient`, to see its events and its
   * health. Default: every token must be a JWT.
   */
  introspection?: IntrospectionOptions | TokenIntrospection | undefined
  /** The accepted `alg` values. Default: all asymmetric ones except ES256K. HMAC must be named; it needs local keys. */
  algorithms?: readonly (SignatureAlgorithm | OtherName)[] | undefined
  /**
   * `'rfc9068'` enforces the JWT profile for access tokens (RFC 9068). `'fapi2'` enforces the FAPI 2.0 Security Profile:
   * tokens must be bound to a key of the client, so `dpop` or `mtls` must be on; they come in the header alone, and are signed
   * with PS256, ES256 or Ed25519; `clockTolerance` is `'10s'` by default. Default `'jwt'`.
   */
  profile?: Profile | undefined
  /** The allowed clock difference when checking `exp`, `nbf` and `iat`. Default `'5s'`. */
  clockTolerance?: Duration | undefined
  /** The maximum age of a token since its `iat`. Default: no limit, only `exp` is checked. */
  maxTokenAge?: Duration | undefined
  /** Claims that a token must have, in addition to those that the profile requires. */
  requiredClaims?: readonly string[] | undefined
}

/** The checked rules with defaults. Durations are in milliseconds. */
export interface IssuerSettings {
  readonly issuer: string
  readonly audience: readonly string[] | null
  readonly keys: VerificationKeys | undefined
  readonly jwksUrl: string | undefined
  readonly introspection: IntrospectionOptions | TokenIntrospection | undefined
  readonly algorithms: readonly string[]
  readonly profile: Profile
  readonly clockTolerance: number
  readonly maxTokenAge: number | undefined
  readonly requiredClaims: readonly string[]
  readonly clock: Clock
}

export type RemoteKeySettings = Omit<JwksSourceSettings, 'issuer' | 'jwksUrl' | 'clock'>

/** If keys are discovered, the issuer must be a URL to fetch metadata from. Otherwise it can be any name. */
const issuerName = issuerIdentifier(({ keys, jwksUrl, metadataUrl }) => {
  return [keys, jwksUrl, metadataUrl].every((one) => one === undefined)
})

export const issuerReaders: Readers<IssuerSettings & RemoteKeySettings> = {
  ...remoteKeyReaders,
  issuer: required(issuerName),
  audience: required(nullable(listOf(identifier))),
  keys: optional(having<VerificationKeys>('verificationKeys')),
  jwksUrl: optional(protectedUrl),
  introspection: optional(introspectionOption),
  algorithms: acceptedAlgorithms,
  profile: defaulting(oneOf<Profile>('jwt', 'rfc9068', 'fapi2'), 'jwt'),
  clockTolerance: tolerance,
  maxTokenAge: optional(positiveDuration),
  requiredClaims: defaulting(texts, []),
}

/** @throws ConfigurationError naming the option, and its environment variable if it has one */
export function readIssuerOptions(options: IssuerOptions, owner: string): IssuerSettings & RemoteKeySettings {
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

function acceptedAlgorithms(value: unknown, option: string, given: Given): readonly string[] {
  const isFapi2 = given['profile'] === 'fapi2'
  const byDefault = isFapi2 ? fapi2Algorithms : asymmetricSignatureAlgorithms
  const algorithms = defaulting(someOf(signatureAlgorithms), byDefault)(value, option, given)
  if (isFapi2 && algorithms.some((alg) => !fapi2Algorithms.includes(alg)))
    throw refuse(option, `must be among ${fapi2Algorithms.join(', ')} with the profile fapi2`)
  return algorithms
}

function tolerance(value: unknown, option: string, given: Given): number {
  const isFapi2 = given['profile'] === 'fapi2'
  const milliseconds = defaulting(duration, isFapi2 ? fapi2Tolerance.least : 5000)(value, option, given)
  const { least, most } = fapi2Tolerance
  if (isFapi2 && (milliseconds < least || milliseconds > most))
    throw refuse(option, 'must be from 10 to 60 seconds with the profile fapi2')
  return milliseconds
}

/** Returns those of the options, unchecked, that decide how the issuer's keys are fetched. */
export function remoteKeyOptionsIn(options: IssuerOptions): RemoteKeyOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(remoteKeyReaders, name)))
}

/** The options in it are checked by {@link IntrospectionClient}. */
function introspectionOption(
  value: unknown,
  option: string,
  { issuer }: Given,
): IntrospectionOptions | TokenIntrospection {
  if (typeof value !== 'object' || value === null)
    throw refuse(option, 'must be an object of options, or an IntrospectionClient')
  // The answers of one issuer must not authenticate tokens in the name of another.
  if (isTokenIntrospection(value) && value.issuer !== issuer)
    throw refuse(option, `asks another issuer: ${printableUrl(value.issuer)}`)
  return value as IntrospectionOptions
}

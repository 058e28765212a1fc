import { type Clock, systemClock } from '../clock.ts'
import { withEnvironment } from '../configuration/environment.ts'
import {
  callable,
  defaulting,
  type Given,
  having,
  objectOf,
  objects,
  oneOf,
  optional,
  type Readers,
  readOptions,
  text,
  texts,
  wholeNumber,
} from '../configuration/options.ts'
import { absoluteUrl } from '../configuration/url-options.ts'
import { ConfigurationError } from '../errors.ts'
import type { TokenSource } from '../http/token-source.ts'
import type { ClaimPath } from './claim-path.ts'
import type { AccessTokenClaims, JwtHeader } from './compact-jws.ts'
import { type IssuerOptions, issuerReaders } from './issuer-options.ts'
import type { StandardSchema } from './standard-schema.ts'

/** Whether a token that is otherwise good has been revoked. If it fails, the answer is 503, never a pass. */
export type RevocationCheck = (claims: Readonly<AccessTokenClaims>, header: JwtHeader) => boolean | Promise<boolean>

/** The rules for an issuer that is not known beforehand; nothing for one that is not trusted. */
export type IssuerResolver = (iss: string) => IssuerOptions | undefined | Promise<IssuerOptions | undefined>

/** How tokens are verified, and how HTTP requests are answered. `verifyJwt` and {@link TokenVerifier} take the same. */
export interface VerifierOptions<Claims = AccessTokenClaims> extends IssuerOptions {
  /** Several issuers, each with its own rules. What is given beside it, such as `audience`, holds where they say nothing. */
  issuers?: readonly IssuerOptions[] | undefined
  /** The rules for an `iss`, asked before anything is fetched. What it answers is kept while it is in use. */
  resolveIssuer?: IssuerResolver | undefined
  /** Validates the claims after everything else, and types them. Any Standard Schema: zod, valibot, arktype, … */
  claims?: StandardSchema<Claims> | undefined
  isRevoked?: RevocationCheck | undefined
  /**
   * The claim with the scopes: its name, in which dots have no meaning, or the path to a nested one, such as
   * `['realm_access', 'roles']`. Default: `scope`, or else `scp`.
   */
  scopeClaim?: string | readonly string[] | undefined
  /** How many verified tokens are remembered; `false` verifies each one anew. Default `{ max: 10_000 }`. */
  cache?: { readonly max: number } | false | undefined
  /** In characters. Default 16,384. */
  maxTokenLength?: number | undefined
  /** `'optional'` lets requests without credentials through; bad credentials are still refused. Default `'required'`. */
  mode?: 'required' | 'optional' | undefined
  /** Where the token is. Default: the `Authorization` header, and nowhere else (RFC 6750 §2.1). */
  tokenSource?: TokenSource | readonly TokenSource[] | undefined
  /** The protection space that challenges name (RFC 9110 §11.5). Default `'api'`. */
  realm?: string | undefined
  /** Where the protected resource metadata is, for challenges (RFC 9728 §5.1). */
  resourceMetadataUrl?: string | undefined
}

/** The options, checked and complete. */
export interface VerifierSettings {
  /** As they were given, each complete: whoever trusts an issuer checks them. */
  readonly issuers: readonly IssuerOptions[]
  readonly resolveIssuer: IssuerResolver | undefined
  /** What holds for issuers that do not say otherwise. */
  readonly shared: IssuerOptions
  readonly claims: StandardSchema | undefined
  readonly isRevoked: RevocationCheck | undefined
  readonly scopeClaim: ClaimPath | undefined
  readonly cache: { readonly max: number } | false
  readonly maxTokenLength: number
  readonly mode: 'required' | 'optional'
  readonly tokenSource: readonly TokenSource[] | undefined
  readonly realm: string
  readonly resourceMetadataUrl: string | undefined
  readonly clock: Clock
}

/** The options that are not about one issuer. */
interface OwnSettings extends Omit<VerifierSettings, 'issuers' | 'shared'> {
  readonly issuers: readonly IssuerOptions[] | undefined
}

const ownReaders: Readers<OwnSettings> = {
  issuers: optional(objects<IssuerOptions>()),
  resolveIssuer: optional(callable<IssuerResolver>()),
  claims: optional(standardSchema),
  isRevoked: optional(callable<RevocationCheck>()),
  scopeClaim: optional(texts),
  cache: defaulting(cacheSize, { max: 10_000 }),
  maxTokenLength: defaulting(wholeNumber, 16_384),
  mode: defaulting(oneOf<'required' | 'optional'>('required', 'optional'), 'required'),
  tokenSource: optional(tokenSources),
  realm: defaulting(text, 'api'),
  resourceMetadataUrl: optional(absoluteUrl),
  clock: defaulting(having<Clock>('now'), systemClock),
}

/** Options of an issuer are passed over here: they are checked where the issuer comes to be trusted. */
const passedOver = Object.fromEntries(Object.keys(issuerReaders).map((name) => [name, (): undefined => undefined]))

/** What belongs to one issuer, and cannot be shared by several. */
const notShared = ['issuer', 'keys', 'jwksUrl', 'snapshot'] as const

/**
 * Checks the options once. What the code leaves out is taken from the environment.
 *
 * @throws ConfigurationError naming the option, and the variable where there is one
 */
export function readVerifierOptions(given: VerifierOptions<unknown>, owner: string): VerifierSettings {
  const options = withEnvironment(objectOf(owner, given))
  const own = readOptions<OwnSettings>(owner, options, { ...passedOver, ...ownReaders })
  const shared = issuerOptionsIn(options)
  if (own.issuers === undefined && own.resolveIssuer === undefined)
    return Object.freeze({ ...own, shared, issuers: [shared] })
  const misplaced = notShared.find((name) => shared[name] !== undefined)
  if (misplaced !== undefined) {
    throw new ConfigurationError(
      `${owner}: option \`${misplaced}\` belongs to one issuer: put it into \`issuers\``,
      misplaced,
    )
  }
  return Object.freeze({ ...own, shared, issuers: (own.issuers ?? []).map((one) => ({ ...shared, ...one })) })
}

function issuerOptionsIn(options: Given): IssuerOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(issuerReaders, name)))
}

function cacheSize(value: unknown, option: string): { max: number } | false {
  if (value === false) return false
  return { max: wholeNumber((Object(value) as { max?: unknown }).max, `${option}: max`) }
}

function standardSchema(value: unknown, option: string): StandardSchema {
  const { '~standard': standard } = Object(value) as Partial<StandardSchema>
  if (standard?.version === 1 && typeof standard.validate === 'function') return value as StandardSchema
  throw new ConfigurationError(`${option} must be a Standard Schema, version 1`, 'claims')
}

function tokenSources(value: unknown, option: string): readonly TokenSource[] {
  const sources: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (sources.length === 0) throw new ConfigurationError(`${option} must name at least one source`, 'tokenSource')
  const read = callable<TokenSource>()
  return Object.freeze(sources.map((source) => read(source, option, {})))
}

import { type Clock, systemClock } from '../clock.ts'
import type { Duration } from '../configuration/duration.ts'
import { withEnvironment } from '../configuration/environment.ts'
import { positiveDuration } from '../configuration/duration-options.ts'
import {
  callable,
  defaulting,
  flag,
  type Given,
  having,
  objectOf,
  objects,
  oneOf,
  optional,
  type Readers,
  readOptions,
  refuse,
  text,
  texts,
  wholeNumber,
  withoutUndefined,
} from '../configuration/options.ts'
import { absoluteUrl } from '../configuration/url-options.ts'
import { ConfigurationError } from '../errors.ts'
import type { TokenSource } from '../http-message.ts'
import type { ClaimPath } from './claims/claim-path.ts'
import type { AccessTokenClaims } from './jws/compact-jws.ts'
import { type IssuerOptions, issuerReaders } from './issuers/issuer-options.ts'
import type { IssuerResolver } from './issuers/resolved-issuers.ts'
import type { RevocationCheck } from './revocation.ts'
import { isScopeToken } from './claims/scopes.ts'
import type { StandardSchema } from './claims/standard-schema.ts'

/** How tokens are verified, and how HTTP requests are answered. `verifyJwt` and {@link TokenVerifier} take the same. */
export interface VerifierOptions<Claims = AccessTokenClaims> extends IssuerOptions {
  /** Several issuers, each with its own rules. What is given beside it, such as `audience`, holds where they say nothing. */
  issuers?: readonly IssuerOptions[] | undefined
  /** Answers the rules for an `iss`. Called before anything is fetched for the token. */
  resolveIssuer?: IssuerResolver | undefined
  /**
   * How long an answer of `resolveIssuer` is trusted, from the answer on, however often it is used. Towards the end it
   * is renewed in the background. `forgetIssuer()` ends it at once. Default `'5m'`.
   */
  issuerTtl?: Duration | undefined
  /** How many resolved issuers are kept; the least recently used is let go. Default 1,000. */
  maxIssuers?: number | undefined
  /** Validates the claims after everything else, and types them. Any Standard Schema: zod, valibot, arktype, … */
  claims?: StandardSchema<Claims> | undefined
  /** Asked at every use of a token, last of all. */
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
  /**
   * `'optional'` lets requests without credentials through; bad credentials are still refused. In TypeScript, register it
   * as well, so that the auth context may be undefined: see {@link Register}. Default `'required'`.
   */
  mode?: 'required' | 'optional' | undefined
  /** Where the token is. Default: the `Authorization` header, and nowhere else (RFC 6750 §2.1). */
  tokenSource?: TokenSource | readonly TokenSource[] | undefined
  /**
   * `true` lets the middleware, and the guards after it, send the answer to a refused request: JSON with `error` and
   * `error_description`, the same in every framework. Default `false`: the framework gets an error, to answer or to log.
   */
  respond?: boolean | undefined
  /** The protection space that challenges name (RFC 9110 §11.5). Default `'api'`. */
  realm?: string | undefined
  /**
   * The scopes that challenges name (RFC 6750 §3), so that clients know what to ask the authorization server for. They
   * require nothing: guards do. A guard's own challenge names the guard's scopes. Default: none.
   */
  challengeScopes?: readonly string[] | undefined
  /** Where the protected resource metadata is, for challenges (RFC 9728 §5.1). */
  resourceMetadataUrl?: string | undefined
}

/** The options, checked and complete. */
export interface VerifierSettings {
  /** As they were given, each complete: whoever trusts an issuer checks them. */
  readonly issuers: readonly IssuerOptions[]
  readonly resolveIssuer: IssuerResolver | undefined
  /** In milliseconds. */
  readonly issuerTtl: number
  readonly maxIssuers: number
  /** What holds for issuers that do not say otherwise. */
  readonly shared: IssuerOptions
  readonly claims: StandardSchema | undefined
  readonly isRevoked: RevocationCheck | undefined
  readonly scopeClaim: ClaimPath | undefined
  readonly cache: { readonly max: number } | false
  readonly maxTokenLength: number
  readonly mode: 'required' | 'optional'
  readonly tokenSource: readonly TokenSource[] | undefined
  readonly respond: boolean
  readonly realm: string
  readonly challengeScopes: readonly string[] | undefined
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
  issuerTtl: defaulting(positiveDuration, 5 * 60_000),
  maxIssuers: defaulting(wholeNumber, 1000),
  claims: optional(standardSchema),
  isRevoked: optional(callable<RevocationCheck>()),
  scopeClaim: optional(texts),
  cache: defaulting(cacheSize, { max: 10_000 }),
  maxTokenLength: defaulting(wholeNumber, 16_384),
  mode: defaulting(oneOf<'required' | 'optional'>('required', 'optional'), 'required'),
  tokenSource: optional(tokenSources),
  respond: defaulting(flag, false),
  realm: defaulting(text, 'api'),
  challengeScopes: optional(scopeTokens),
  resourceMetadataUrl: optional(absoluteUrl),
  clock: defaulting(having<Clock>('now'), systemClock),
}

/** Options of an issuer are passed over here: they are checked where the issuer comes to be trusted. */
const passedOver = Object.fromEntries(Object.keys(issuerReaders).map((name) => [name, (): undefined => undefined]))

/** What belongs to one issuer, and cannot be shared by several. */
const notShared = ['issuer', 'keys', 'jwksUrl', 'metadataUrl', 'snapshot'] as const

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
  return Object.freeze({
    ...own,
    shared,
    issuers: (own.issuers ?? []).map((one) => ({ ...shared, ...withoutUndefined(one) })),
  })
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

function scopeTokens(value: unknown, option: string): readonly string[] {
  const scopes = texts(value, option)
  const unusable = scopes.find((scope) => !isScopeToken(scope))
  if (unusable === undefined) return scopes
  throw refuse(option, `must list scopes, each as a string of its own: ${JSON.stringify(unusable)} is not one`)
}

function tokenSources(value: unknown, option: string): readonly TokenSource[] {
  const sources: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (sources.length === 0) throw new ConfigurationError(`${option} must name at least one source`, 'tokenSource')
  const read = callable<TokenSource>()
  return Object.freeze(sources.map((source) => read(source, option, {})))
}

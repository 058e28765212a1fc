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
import { withFapi2 } from './fapi2.ts'
import type { AccessTokenClaims } from './jws/compact-jws.ts'
import { type DpopOptions, type DpopSettings, dpopSettings } from './binding/dpop-options.ts'
import { type IssuerOptions, issuerReaders } from './issuers/issuer-options.ts'
import type { IssuerResolver } from './issuers/resolved-issuers.ts'
import { type MtlsOptions, type MtlsSettings, mtlsSettings } from './binding/mtls-options.ts'
import type { OpaqueTokenIssuer } from './opaque-tokens.ts'
import { type RevocationCheck, revocationCheck, type RevocationInquiry, type RevocationSource } from './revocation.ts'
import { isScopeToken, type ScopeInclusion } from './claims/scopes.ts'
import type { StandardSchema } from './claims/standard-schema.ts'

/** The options of `verifyJwt` and `TokenVerifier`: how tokens are verified and HTTP requests are answered. */
export interface VerifierOptions<Claims = AccessTokenClaims> extends IssuerOptions {
  /** Several issuers, each with its own rules. Options next to `issuers`, such as `audience`, are their defaults. */
  issuers?: readonly IssuerOptions[] | undefined
  /** Returns the rules for an `iss`. Called before anything is fetched for the token. */
  resolveIssuer?: IssuerResolver | undefined
  /**
   * Returns the `iss` of an opaque token, for example by its prefix. Required if several issuers have `introspection`, and
   * for opaque tokens of issuers from `resolveIssuer`. Default: opaque tokens are those of the one issuer that has it.
   */
  issuerOf?: OpaqueTokenIssuer | undefined
  /**
   * How long a result of `resolveIssuer` is trusted. Use does not extend it. Shortly before the end the result is
   * renewed in the background. `forgetIssuer()` ends the trust immediately. Default `'5m'`.
   */
  issuerTtl?: Duration | undefined
  /** How many resolved issuers are cached; the least recently used is evicted. Default 1,000. */
  maxIssuers?: number | undefined
  /** Validates and types the claims after all checks of the token. Any Standard Schema: zod, valibot, arktype, … */
  claims?: StandardSchema<Claims> | undefined
  /**
   * Tells whether a token is revoked: {@link Revocations}, or a function. Called on every use of a token, after all other
   * checks.
   */
  isRevoked?: RevocationCheck | RevocationSource | undefined
  /**
   * The claim with the scopes: its name, in which dots have no special meaning, or the path to a nested claim, such as
   * `['realm_access', 'roles']`. Default: `scope`, or else `scp`.
   */
  scopeClaim?: string | readonly string[] | undefined
  /**
   * Tells whether a granted scope includes a required one, for scopes that form a hierarchy:
   * `(granted, required) => granted === 'admin' || required.startsWith(granted + ':')`. Guards ask it for each granted scope
   * if none is equal to the required one. It must return `true` or `false`. Default: only an equal scope counts.
   */
  satisfies?: ScopeInclusion | undefined
  /** How many verified tokens are cached; `false` verifies a token on every use. Default `{ max: 10_000 }`. */
  cache?: { readonly max: number } | false | undefined
  /** The maximum length of a token, in characters. Default 16,384. */
  maxTokenLength?: number | undefined
  /**
   * `'optional'` accepts requests without credentials; invalid credentials are still refused. In TypeScript, register
   * the mode as well, so that the auth context may be undefined: see {@link Register}. Default `'required'`.
   */
  mode?: 'required' | 'optional' | undefined
  /** Where to find the token. Default: only the `Authorization` header (RFC 6750 §2.1). */
  tokenSource?: TokenSource | readonly TokenSource[] | undefined
  /**
   * If `true`, the middleware and its guards respond to refused requests themselves: JSON with `error` and
   * `error_description`, the same in every framework. Default `false`: the error is passed to the framework.
   */
  respond?: boolean | undefined
  /** The `realm` (protection space) of challenges: RFC 9110 §11.5. Default `'api'`. */
  realm?: string | undefined
  /**
   * The `scope` of challenges (RFC 6750 §3), which tells clients what to request from the authorization server. It does
   * not require these scopes; guards do. The challenge of a guard names the guard's scopes. Default: none.
   */
  challengeScopes?: readonly string[] | undefined
  /** The URL of the protected resource metadata, for challenges (RFC 9728 §5.1). */
  resourceMetadataUrl?: string | undefined
  /**
   * Accepts tokens that are bound to a certificate of the client, over connections with that certificate (RFC 8705).
   * `true` is short for the defaults of {@link MtlsOptions}. A `TokenVerifier` sees no connection, so it refuses
   * bound tokens. Default `false`: bound tokens are refused.
   */
  mtls?: boolean | MtlsOptions | undefined
  /**
   * Accepts tokens that are bound to a key of the client, with a DPoP proof of that key in each request (RFC 9449).
   * `true` is short for the defaults of {@link DpopOptions}. A `TokenVerifier` sees no request, so it refuses bound
   * tokens. Default `false`: bound tokens are refused.
   */
  dpop?: boolean | DpopOptions | undefined
}

/** The checked options with defaults. */
export interface VerifierSettings {
  /** The options of each issuer, including the shared ones. `TrustedIssuer` checks them. */
  readonly issuers: readonly IssuerOptions[]
  readonly resolveIssuer: IssuerResolver | undefined
  readonly issuerOf: OpaqueTokenIssuer | undefined
  /** In milliseconds. */
  readonly issuerTtl: number
  readonly maxIssuers: number
  /** The defaults for issuers. */
  readonly shared: IssuerOptions
  readonly claims: StandardSchema | undefined
  readonly isRevoked: RevocationInquiry | undefined
  readonly scopeClaim: ClaimPath | undefined
  readonly satisfies: ScopeInclusion | undefined
  readonly cache: { readonly max: number } | false
  readonly maxTokenLength: number
  readonly mode: 'required' | 'optional'
  readonly tokenSource: readonly TokenSource[] | undefined
  readonly respond: boolean
  readonly realm: string
  readonly challengeScopes: readonly string[] | undefined
  readonly resourceMetadataUrl: string | undefined
  readonly mtls: MtlsSettings | undefined
  readonly dpop: DpopSettings | undefined
  readonly clock: Clock
}

/** The settings of a verifier without the options of its issuers, which may contain credentials. */
export type SharedSettings = Omit<VerifierSettings, 'issuers'>

/** The options that are not about one issuer. */
interface OwnSettings extends Omit<VerifierSettings, 'issuers' | 'shared'> {
  readonly issuers: readonly IssuerOptions[] | undefined
}

const ownReaders: Readers<OwnSettings> = {
  issuers: optional(objects<IssuerOptions>()),
  resolveIssuer: optional(callable<IssuerResolver>()),
  issuerOf: optional(callable<OpaqueTokenIssuer>()),
  issuerTtl: defaulting(positiveDuration, 5 * 60_000),
  maxIssuers: defaulting(wholeNumber, 1000),
  claims: optional(standardSchema),
  isRevoked: optional(revocationCheck),
  scopeClaim: optional(texts),
  satisfies: optional(callable<ScopeInclusion>()),
  cache: defaulting(cacheSize, { max: 10_000 }),
  maxTokenLength: defaulting(wholeNumber, 16_384),
  mode: defaulting(oneOf<'required' | 'optional'>('required', 'optional'), 'required'),
  tokenSource: optional(tokenSources),
  respond: defaulting(flag, false),
  realm: defaulting(text, 'api'),
  challengeScopes: optional(scopeTokens),
  resourceMetadataUrl: optional(absoluteUrl),
  mtls: mtlsSettings,
  dpop: dpopSettings,
  clock: defaulting(having<Clock>('now'), systemClock),
}

/** Issuer options are skipped here: `TrustedIssuer` checks them. */
const passedOver = Object.fromEntries(Object.keys(issuerReaders).map((name) => [name, (): undefined => undefined]))

/** The options that several issuers cannot share. */
const notShared = ['issuer', 'keys', 'jwksUrl', 'metadataUrl', 'snapshot', 'introspection'] as const

/**
 * Reads and checks the options. Missing options are taken from environment variables.
 *
 * @throws ConfigurationError naming the option, and its environment variable if it has one
 */
export function readVerifierOptions(given: VerifierOptions<unknown>, owner: string): VerifierSettings {
  const options = withEnvironment(objectOf(owner, given))
  const own = readOptions<OwnSettings>(owner, options, { ...passedOver, ...ownReaders })
  const shared = issuerOptionsIn(options)
  const settings = { ...own, shared, issuers: issuersIn(own, shared, owner) }
  const isFapi2 = [shared, ...settings.issuers].some(({ profile }) => profile === 'fapi2')
  return Object.freeze(isFapi2 ? withFapi2(settings, owner) : settings)
}

/** Returns the options of each issuer, including the shared ones. */
function issuersIn({ issuers, resolveIssuer }: OwnSettings, shared: IssuerOptions, owner: string): IssuerOptions[] {
  if (issuers === undefined && resolveIssuer === undefined) return [shared]
  const misplaced = notShared.find((name) => shared[name] !== undefined)
  if (misplaced !== undefined) {
    throw new ConfigurationError(
      `${owner}: option \`${misplaced}\` belongs to one issuer: put it into \`issuers\``,
      misplaced,
    )
  }
  return (issuers ?? []).map((one) => ({ ...shared, ...withoutUndefined(one) }))
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
  throw refuse(option, `must list each scope as a separate string: ${JSON.stringify(unusable)} is not a scope`)
}

function tokenSources(value: unknown, option: string): readonly TokenSource[] {
  const sources: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (sources.length === 0) throw new ConfigurationError(`${option} must name at least one source`, 'tokenSource')
  const read = callable<TokenSource>()
  return Object.freeze(sources.map((source) => read(source, option, {})))
}

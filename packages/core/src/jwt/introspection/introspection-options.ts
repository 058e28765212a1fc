import { type Clock, systemClock } from '../../clock.ts'
import type { Duration } from '../../configuration/duration.ts'
import { duration, wait } from '../../configuration/duration-options.ts'
import {
  callable,
  defaulting,
  having,
  objectOf,
  objectWith,
  oneOf,
  optional,
  type Reader,
  type Readers,
  readOptions,
  refuse,
  required,
  text,
  wholeNumber,
} from '../../configuration/options.ts'
import { hosts, insecureHosts, issuerIdentifier, protectedUrl } from '../../configuration/url-options.ts'
import type { SigningKeys, VerificationKeys } from '../../keys/key-roles.ts'
import type { Fetch } from '../../keys/remote/fetching/bounded-fetch.ts'
import { pooledFetch } from './introspection-request.ts'

/** How the client of an introspection endpoint authenticates: RFC 6749 §2.3.1, OpenID Connect Core 1.0 §9. */
export type ClientAuthenticationMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'

/** The key that signs the assertions of `private_key_jwt` (RFC 7523 §2.2). */
export interface ClientKey {
  /** The provider of the key, such as a `LocalKeyProvider`. The issuer must know the public key of the client. */
  keys: SigningKeys
  /** Default: the newest active key. */
  kid?: string | undefined
}

/** How an issuer is asked about opaque tokens: RFC 7662. */
export interface IntrospectionOptions {
  /**
   * The URL of the introspection endpoint. Default: the `introspection_endpoint` in the issuer's metadata. It is used only
   * on the origin of the metadata, because tokens and credentials are sent to it. Another origin must be given here.
   */
  endpoint?: string | undefined
  /** The `client_id` of this service at the issuer. */
  clientId: string
  /** For `client_secret_basic` and `client_secret_post`. */
  clientSecret?: string | undefined
  /** For `private_key_jwt`. */
  privateKey?: ClientKey | undefined
  /** Default: `'private_key_jwt'` if there is a `privateKey`, and otherwise `'client_secret_basic'`. */
  authMethod?: ClientAuthenticationMethod | undefined
  /**
   * How long an answer counts. A token is accepted for up to so long after the issuer has revoked it. The `exp` of the
   * token can end it earlier. Refusals are remembered for a third of it. Default `'30s'`.
   */
  cacheTtl?: Duration | undefined
  /** The limit for a whole answer: discovery, headers and body. Default `'2s'`. */
  timeout?: Duration | undefined
  /** `'jwt'` requires signed answers (RFC 9701), which the keys of the issuer verify. Default `'json'`. */
  accept?: 'json' | 'jwt' | undefined
  /** `'also'` asks about JWTs too, after their signature has been verified. Default: JWTs are not sent to the issuer. */
  jwt?: 'also' | undefined
  /** How many answers are remembered, of tokens that are active and of others each. Default 10,000. */
  maxTokens?: number | undefined
  /**
   * How many tokens per second the issuer may refuse before it is no longer asked about unknown tokens. They get a 503
   * then. Limits the requests that junk tokens cause; five times as many are allowed at once. Default 100.
   */
  maxRefusalsPerSecond?: number | undefined
}

/** The issuer of the tokens, and how to reach it. */
export interface IntrospectionClientOptions extends IntrospectionOptions {
  /** The issuer of the tokens. */
  issuer: string
  /** The keys that verify signed answers. Required for `accept: 'jwt'`, unless a verifier uses its own. */
  keys?: VerificationKeys | undefined
  /** The URL of the metadata, if it cannot be derived from the URL of the issuer. */
  metadataUrl?: string | undefined
  /** The hosts that a discovered endpoint may be on, in addition to that of the metadata. Default: none. */
  endpointHosts?: readonly string[] | undefined
  /** The hosts that may be used over plain http. Default: only loopback addresses. */
  insecureHosts?: readonly string[] | undefined
  /** The `fetch` function, for proxies, client certificates or other agents. Default: the platform's. */
  fetch?: Fetch | undefined
  /** Default: the system clock. */
  clock?: Clock | undefined
  /** From 0 to 1, for jitter. Default: `Math.random`. */
  random?: (() => number) | undefined
}

/** The checked options with defaults. Durations are in milliseconds. */
export interface IntrospectionSettings {
  readonly issuer: string
  readonly keys: VerificationKeys | undefined
  readonly endpoint: string | undefined
  readonly metadataUrl: string | undefined
  readonly endpointHosts: readonly string[]
  readonly insecureHosts: readonly string[]
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly privateKey: Readonly<ClientKey> | undefined
  readonly authMethod: ClientAuthenticationMethod
  readonly cacheTtl: number
  readonly timeout: number
  readonly accept: 'json' | 'jwt'
  readonly jwt: 'also' | undefined
  readonly maxTokens: number
  readonly maxRefusalsPerSecond: number
  readonly fetch: Fetch
  readonly clock: Clock
  readonly random: () => number
}

const clientKey: Reader<Readonly<ClientKey>> = objectWith<Required<ClientKey>>({
  keys: required(having<SigningKeys>('signingKey')),
  kid: optional(text),
})

const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const

const readers: Readers<IntrospectionSettings> = {
  // Metadata is fetched from the issuer only if nothing else says where the endpoint is.
  issuer: required(
    issuerIdentifier(({ endpoint, metadataUrl }) => endpoint === undefined && metadataUrl === undefined),
  ),
  keys: optional(having<VerificationKeys>('verificationKeys')),
  endpoint: optional(protectedUrl),
  metadataUrl: optional(protectedUrl),
  endpointHosts: defaulting(hosts('https'), []),
  insecureHosts: defaulting(insecureHosts, []),
  clientId: required(text),
  clientSecret: optional(text),
  privateKey: optional(clientKey),
  authMethod: (value, option, given) => {
    const method = oneOf<ClientAuthenticationMethod>(...methods)
    const usual = given['privateKey'] === undefined ? 'client_secret_basic' : 'private_key_jwt'
    return value === undefined ? usual : method(value, option, given)
  },
  cacheTtl: defaulting(duration, 30_000),
  timeout: defaulting(wait, 2000),
  accept: defaulting(oneOf<'json' | 'jwt'>('json', 'jwt'), 'json'),
  jwt: optional(oneOf<'also'>('also')),
  maxTokens: defaulting(wholeNumber, 10_000),
  maxRefusalsPerSecond: defaulting(wholeNumber, 100),
  fetch: defaulting(callable<Fetch>(), pooledFetch),
  clock: defaulting(having<Clock>('now'), systemClock),
  random: defaulting(callable<() => number>(), Math.random),
}

/** The option that each method takes its proof from. */
const credentialOf = {
  client_secret_basic: 'clientSecret',
  client_secret_post: 'clientSecret',
  private_key_jwt: 'privateKey',
} as const

/** @throws ConfigurationError naming the option */
export function readIntrospectionOptions(given: IntrospectionClientOptions, owner: string): IntrospectionSettings {
  const settings = readOptions<IntrospectionSettings>(owner, objectOf(owner, given), readers)
  const { authMethod, clientSecret, privateKey, accept, keys } = settings
  const needed = credentialOf[authMethod]
  if (settings[needed] === undefined) throw refuse(`${owner}: option \`${needed}\``, `is missing for ${authMethod}`)
  if (clientSecret !== undefined && privateKey !== undefined) {
    const unused = needed === 'privateKey' ? 'clientSecret' : 'privateKey'
    throw refuse(`${owner}: option \`${unused}\``, `is not used by ${authMethod}: remove it`)
  }
  if (accept === 'jwt' && keys === undefined)
    throw refuse(`${owner}: option \`keys\``, "is missing: accept: 'jwt' needs keys that verify the answers")
  return settings
}

import { type Clock, systemClock } from '../clock.ts'
import type { Duration } from '../configuration/duration.ts'
import { lifetime } from '../configuration/duration-options.ts'
import { defaulting, having, listOf, optional, readOptions, required, text } from '../configuration/options.ts'
import { identifier, issuerIdentifier } from '../configuration/url-options.ts'
import { ConfigurationError, TokenIssueError } from '../errors.ts'
import type { SigningKey, SigningKeys } from '../keys/key-roles.ts'
import { randomUUID } from '../platform.ts'
import { jsonMembers } from './claims/json-members.ts'
import { encoded, signedJws } from './jws/serialized-jws.ts'
import { confirmationOf, type TokenBinding } from './binding/token-binding.ts'

/** The options of {@link TokenIssuer}. */
export interface TokenIssuerOptions {
  /** The provider of the signing keys. */
  keys: SigningKeys
  /** The `iss` of every token. */
  issuer: string
  /** The default `aud` of tokens. */
  audience?: string | readonly string[]
  /** The default lifetime of tokens. Default `'10m'`. */
  expiresIn?: Duration
  /** The `kid` of the signing key. Default: the newest active key. */
  kid?: string
  /** Default: the system clock. */
  clock?: Clock
}

/**
 * The claims of a token to issue, serialized as by `JSON.stringify`: undefined claims are left out, `toJSON` applies.
 * RFC 9068 §2.2 requires `sub` and `client_id`.
 */
export interface IssueClaims {
  /** The subject of the token. Default: `client_id`, for a client that acts on its own behalf. */
  sub?: string
  /** The client that receives the token. Default: the issuer, for a service that issues tokens to its own users. */
  client_id?: string
  /** The scopes, separated by spaces. */
  scope?: string
  [claim: string]: unknown
}

/** The options of {@link TokenIssuer.issue}, for one token. */
export interface IssueOptions {
  /** The lifetime of the token. Default: that of the issuer. */
  expiresIn?: Duration
  /** The `aud` of the token. Default: that of the issuer. */
  audience?: string | readonly string[]
  /** The `kid` of the signing key. Default: that of the issuer. */
  kid?: string
  /** Additional header parameters. `typ` replaces the default `at+jwt`. */
  header?: Readonly<Record<string, unknown>>
  /** Binds the token to a key of the client, so that a copy of it is useless (RFC 7800). Default: not bound. */
  boundTo?: TokenBinding
}

interface IssuerSettings {
  readonly keys: SigningKeys
  readonly issuer: string
  readonly audience: readonly string[] | undefined
  readonly expiresIn: number
  readonly kid: string | undefined
  readonly clock: Clock
}

/** The claims and header parameters that the caller must not set. */
const reservedClaims = ['exp', 'iat'] as const
const reservedHeaders = ['alg', 'kid', 'crit', 'b64', 'jwk', 'jku', 'x5c', 'x5t', 'x5t#S256', 'x5u'] as const

/**
 * Issues JWT access tokens: RFC 9068.
 *
 * ```ts
 * import { LocalKeyProvider, TokenIssuer } from '@bearerkit/core'
 *
 * const keys = new LocalKeyProvider()
 * await keys.createKey({ alg: 'ES256' })
 * const tokens = new TokenIssuer({ keys, issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 * const token = await tokens.issue({ sub: 'user-1', scope: 'reports:read' }, { expiresIn: '5m' })
 * ```
 */
export class TokenIssuer {
  readonly #settings: IssuerSettings
  #last: { readonly alg: string; readonly kid: string; readonly header: string } | undefined

  /** @throws ConfigurationError naming the option */
  constructor(options: TokenIssuerOptions) {
    this.#settings = readOptions<IssuerSettings>('TokenIssuer', options, {
      keys: required(having<SigningKeys>('signingKey')),
      issuer: required(issuerIdentifier(() => false)),
      audience: optional(listOf(identifier)),
      expiresIn: defaulting(lifetime, 10 * 60_000),
      kid: optional(text),
      clock: defaulting(having<Clock>('now'), systemClock),
    })
  }

  /**
   * Issues a token, signed with the key of the `kid` option or the newest active key.
   *
   * @throws TokenIssueError if the claims or options contradict RFC 9068 or this issuer
   * @throws KeyNotFoundError if no key may sign
   */
  async issue(claims: IssueClaims, options: IssueOptions = {}): Promise<string> {
    const { keys, clock, kid } = this.#settings
    const payload = jsonMembers('claims', claims)
    refuseReserved(payload, reservedClaims, 'claim')
    this.#complete(payload, options)
    const iat = Math.floor(clock.now() / 1000)
    const exp = iat + this.#lifetime(options)
    payload['iat'] = iat
    payload['exp'] = exp
    checkClaims(payload)
    const parameters = options.header && jsonMembers('header', options.header)
    if (parameters !== undefined) refuseReserved(parameters, reservedHeaders, 'header')
    const key = await keys.signingKey(options.kid ?? kid)
    if (exp * 1000 > key.retainedUntil)
      throw new TokenIssueError('`expiresIn`: the token would outlive its signing key')
    // `await` saves a microtask, and with it 1 % of the time for an ES256 token.
    return await signedJws(this.#header(key, parameters), payload, key)
  }

  /** Adds the claims that follow from the options. The caller may repeat them, but not contradict them. */
  #complete(payload: Record<string, unknown>, options: IssueOptions): void {
    const { issuer } = this.#settings
    setClaim(payload, 'iss', issuer)
    setClaim(payload, 'aud', this.#audience(options))
    if (options.boundTo !== undefined) setClaim(payload, 'cnf', confirmationOf(options.boundTo))
    // RFC 9068 §2.2: a client that acts on its own behalf is the subject.
    payload['sub'] ??= payload['client_id']
    if (payload['client_id'] === undefined) payload['client_id'] = issuer
    if (payload['jti'] === undefined) payload['jti'] = randomUUID()
  }

  /** The encoded header of the last token is kept, because that of the next one is usually the same. */
  #header({ alg, kid }: SigningKey, parameters: Readonly<Record<string, unknown>> | undefined): string {
    if (parameters !== undefined) return encoded({ typ: 'at+jwt', ...parameters, alg, kid })
    if (this.#last?.alg !== alg || this.#last.kid !== kid)
      this.#last = { alg, kid, header: encoded({ typ: 'at+jwt', alg, kid }) }
    return this.#last.header
  }

  #audience({ audience: own }: IssueOptions): string | readonly string[] {
    const audience = own === undefined ? this.#settings.audience : [own].flat()
    const isNamed =
      audience !== undefined && audience.length > 0 && audience.every((one) => typeof one === 'string' && one !== '')
    if (!isNamed) throw new TokenIssueError('`aud`: set the option `audience` of the issuer or of this token')
    return audience.length === 1 ? String(audience[0]) : audience
  }

  /** In whole seconds. */
  #lifetime({ expiresIn }: IssueOptions): number {
    return Math.floor((expiresIn === undefined ? this.#settings.expiresIn : lifetimeOf(expiresIn)) / 1000)
  }
}

/** Reads a lifetime that comes with a call. The error is not a ConfigurationError, which is for start-up. */
function lifetimeOf(expiresIn: Duration): number {
  try {
    return lifetime(expiresIn, '`expiresIn`', {})
  } catch (error) {
    throw error instanceof ConfigurationError ? new TokenIssueError(error.message) : error
  }
}

/** Checks the claims that verifiers require: RFC 9068 §2.2, RFC 7519 §4.1. */
function checkClaims(payload: Readonly<Record<string, unknown>>): void {
  for (const name of ['sub', 'client_id', 'jti']) {
    if (typeof payload[name] !== 'string' || payload[name] === '')
      throw new TokenIssueError(`claim \`${name}\` must be a non-empty string`)
  }
  const { nbf, scope } = payload
  if (nbf !== undefined && !Number.isFinite(nbf)) throw new TokenIssueError('claim `nbf` must be a number of seconds')
  if (scope !== undefined && typeof scope !== 'string')
    throw new TokenIssueError('claim `scope` must be a string of scopes separated by spaces')
}

/** @throws TokenIssueError if the caller has given another value */
function setClaim(payload: Record<string, unknown>, name: string, value: unknown): void {
  const given = payload[name]
  if (given !== undefined && JSON.stringify(given) !== JSON.stringify(value))
    throw new TokenIssueError(`claim \`${name}\` contradicts the options`)
  payload[name] = value
}

function refuseReserved(members: Readonly<Record<string, unknown>>, reserved: readonly string[], kind: string): void {
  const named = reserved.find((name) => Object.hasOwn(members, name))
  if (named !== undefined) throw new TokenIssueError(`${kind} \`${named}\` is set by the issuer, not by the caller`)
}

import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '../clock.ts'
import type { Duration } from '../configuration/duration.ts'
import { lifetime } from '../configuration/duration-options.ts'
import { defaulting, having, listOf, optional, readOptions, required, text } from '../configuration/options.ts'
import { identifier, issuerIdentifier } from '../configuration/url-options.ts'
import { ConfigurationError, TokenIssueError } from '../errors.ts'
import type { SigningKey, SigningKeys } from '../keys/key-roles.ts'
import { jsonMembers } from './claims/json-members.ts'

export interface TokenIssuerOptions {
  /** Where the signing keys are. */
  keys: SigningKeys
  /** The `iss` of every token. */
  issuer: string
  /** The `aud` of tokens that do not name another. */
  audience?: string | readonly string[]
  /** The lifetime of tokens that do not name another. Default `'10m'`. */
  expiresIn?: Duration
  /** The key that signs. Default: the newest active one. */
  kid?: string
  /** Default: the system's. */
  clock?: Clock
}

/**
 * The claims of a token to be issued, which are taken as they stand in JSON: what is undefined is left out, and `toJSON`
 * counts. RFC 9068 §2.2 requires `sub` and `client_id`.
 */
export interface IssueClaims {
  /** Who the token speaks for. Default: `client_id`, for a client that speaks for itself. */
  sub?: string
  /** Which client it was issued to. Default: the issuer, for a service that issues to its own users. */
  client_id?: string
  /** Scopes, with a space between them. */
  scope?: string
  [claim: string]: unknown
}

export interface IssueOptions {
  expiresIn?: Duration
  audience?: string | readonly string[]
  kid?: string
  /** Further header parameters; `typ` replaces `at+jwt`. */
  header?: Readonly<Record<string, unknown>>
}

interface IssuerSettings {
  readonly keys: SigningKeys
  readonly issuer: string
  readonly audience: readonly string[] | undefined
  readonly expiresIn: number
  readonly kid: string | undefined
  readonly clock: Clock
}

/** What the issuer decides, from its clock and its keys. */
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
   * Signs a token with the newest active key.
   *
   * @throws TokenIssueError if the claims or options contradict RFC 9068 or this issuer
   * @throws KeyNotFoundError if there is no key that may sign
   */
  async issue(claims: IssueClaims, options: IssueOptions = {}): Promise<string> {
    const { keys, issuer, clock, kid } = this.#settings
    const iat = Math.floor(clock.now() / 1000)
    const exp = iat + this.#lifetime(options)
    const given = jsonMembers('claims', claims)
    const payload = { client_id: issuer, jti: randomUUID(), ...given, ...this.#decided(given, options), iat, exp }
    checkClaims(payload)
    const parameters = jsonMembers('header', options.header ?? {})
    refuseReserved(parameters, reservedHeaders, 'header')
    const key = await keys.signingKey(options.kid ?? kid)
    if (exp * 1000 > key.retainedUntil)
      throw new TokenIssueError('`expiresIn`: the token would outlive the key that signs it')
    return compactJws({ typ: 'at+jwt', ...parameters, alg: key.alg, kid: key.kid }, payload, key)
  }

  /** What the caller may repeat, and not contradict. */
  #decided(claims: Readonly<Record<string, unknown>>, options: IssueOptions): Record<string, unknown> {
    refuseReserved(claims, reservedClaims, 'claim')
    const decided: Record<string, unknown> = { iss: this.#settings.issuer, aud: this.#audience(options) }
    for (const [name, value] of Object.entries(decided)) {
      if (claims[name] === undefined || JSON.stringify(claims[name]) === JSON.stringify(value)) continue
      throw new TokenIssueError(`claim \`${name}\` contradicts the options`)
    }
    // RFC 9068 §2.2: a client that speaks for itself is its own subject.
    return { ...decided, sub: claims['sub'] ?? claims['client_id'] }
  }

  #audience({ audience: own }: IssueOptions): string | readonly string[] {
    const audience = own === undefined ? this.#settings.audience : [own].flat()
    const isNamed =
      audience !== undefined && audience.length > 0 && audience.every((one) => typeof one === 'string' && one !== '')
    if (!isNamed) throw new TokenIssueError('`aud`: neither the issuer nor this token names an audience')
    return audience.length === 1 ? String(audience[0]) : audience
  }

  /** Whole seconds. */
  #lifetime({ expiresIn }: IssueOptions): number {
    return Math.floor((expiresIn === undefined ? this.#settings.expiresIn : lifetimeOf(expiresIn)) / 1000)
  }
}

/** Here it comes with a call, not at start-up. */
function lifetimeOf(expiresIn: Duration): number {
  try {
    return lifetime(expiresIn, '`expiresIn`', {})
  } catch (error) {
    throw error instanceof ConfigurationError ? new TokenIssueError(error.message) : error
  }
}

/** RFC 7515 §7.1. */
async function compactJws(header: object, payload: object, key: SigningKey): Promise<string> {
  const signingInput = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`
  return `${signingInput}.${base64url(await key.sign(Buffer.from(signingInput)))}`
}

function base64url(content: string | Uint8Array): string {
  return Buffer.from(content as string).toString('base64url')
}

/** RFC 9068 §2.2, RFC 7519 §4.1: what verifiers will insist on. */
function checkClaims(payload: Readonly<Record<string, unknown>>): void {
  for (const name of ['sub', 'client_id', 'jti']) {
    if (typeof payload[name] !== 'string' || payload[name] === '')
      throw new TokenIssueError(`claim \`${name}\` must be a string that is not empty`)
  }
  const { nbf, scope } = payload
  if (nbf !== undefined && !Number.isFinite(nbf)) throw new TokenIssueError('claim `nbf` must be a number of seconds')
  if (scope !== undefined && typeof scope !== 'string')
    throw new TokenIssueError('claim `scope` must be a string, with spaces between scopes')
}

function refuseReserved(members: Readonly<Record<string, unknown>>, reserved: readonly string[], kind: string): void {
  const named = reserved.find((name) => Object.hasOwn(members, name))
  if (named !== undefined) throw new TokenIssueError(`${kind} \`${named}\` is set by the issuer, not by the caller`)
}

import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { type Clock, systemClock } from '../clock.ts'
import { type Duration, toMilliseconds } from '../configuration/duration.ts'
import {
  defaulting,
  having,
  optional,
  positiveDuration,
  readOptions,
  required,
  text,
  texts,
} from '../configuration/options.ts'
import { TokenIssueError } from '../errors.ts'
import type { SigningKeys } from '../keys/key-roles.ts'

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

/** The claims of a token to be issued. RFC 9068 §2.2 requires `sub` and `client_id`. */
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

/** What this class alone decides. */
const reservedClaims = ['iss', 'aud', 'exp', 'iat'] as const
const reservedHeaders = ['alg', 'kid', 'crit', 'b64', 'jwk', 'jku', 'x5c', 'x5u'] as const

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
      issuer: required(text),
      audience: optional(texts),
      expiresIn: defaulting(positiveDuration, 10 * 60_000),
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
    refuseReserved(claims, reservedClaims, 'claim')
    refuseReserved(options.header ?? {}, reservedHeaders, 'header')
    const payload = this.#payload(claims, options)
    const { privateKey, alg, kid } = await this.#settings.keys.signingKey(options.kid ?? this.#settings.kid)
    return new SignJWT(payload).setProtectedHeader({ typ: 'at+jwt', ...options.header, alg, kid }).sign(privateKey)
  }

  #payload(claims: IssueClaims, options: IssueOptions): Record<string, unknown> {
    const { issuer, clock } = this.#settings
    const iat = Math.floor(clock.now() / 1000)
    return {
      iss: issuer,
      aud: this.#audience(options),
      client_id: issuer,
      jti: randomUUID(),
      ...claims,
      sub: subjectOf(claims),
      iat,
      exp: iat + this.#lifetime(options),
    }
  }

  #audience(options: IssueOptions): string | readonly string[] {
    const audience = options.audience ?? this.#settings.audience
    if (audience === undefined) throw new TokenIssueError('`aud`: neither the issuer nor this token names an audience')
    return Array.isArray(audience) && audience.length === 1 ? (audience[0] as string) : audience
  }

  /** Whole seconds, at least one. */
  #lifetime({ expiresIn }: IssueOptions): number {
    const milliseconds = expiresIn === undefined ? this.#settings.expiresIn : toMilliseconds(expiresIn)
    if (milliseconds === undefined || milliseconds < 1000)
      throw new TokenIssueError('`expiresIn` must be a second or longer')
    return Math.floor(milliseconds / 1000)
  }
}

/** RFC 9068 §2.2: a client that speaks for itself is its own subject. */
function subjectOf({ sub, client_id: clientId }: IssueClaims): string {
  const subject = sub ?? clientId
  if (typeof subject !== 'string' || subject === '') throw new TokenIssueError('`sub` is missing (RFC 9068 §2.2)')
  return subject
}

function refuseReserved(given: Readonly<Record<string, unknown>>, reserved: readonly string[], kind: string): void {
  const named = reserved.find((name) => Object.hasOwn(given, name))
  if (named !== undefined) throw new TokenIssueError(`${kind} \`${named}\` is set by the issuer, not by the caller`)
}

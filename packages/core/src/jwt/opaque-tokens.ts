import { type Clock, secondsOf } from '../clock.ts'
import { ConfigurationError, TokenError, VerificationUnavailableError } from '../errors.ts'
import { Buffer } from '../platform.ts'
import type { AuthenticToken } from './authentic-token.ts'
import { checkTimes } from './claims/claims.ts'
import type { IssuerDirectory } from './issuers/issuer-directory.ts'
import type { TrustedIssuer } from './issuers/trusted-issuer.ts'
import type { TokenIntrospection } from './introspection/token-introspection.ts'

/**
 * Returns the `iss` of an opaque token, for example by its prefix. Returns undefined if it is no token of an issuer that is
 * trusted. The token is hostile input.
 */
export type OpaqueTokenIssuer = (token: string) => string | undefined

export interface OpaqueTokenSettings {
  readonly issuerOf: OpaqueTokenIssuer | undefined
  readonly maxTokenLength: number
  readonly clock: Clock
}

/** The tokens whose claims are authentic because their issuer says so when it is asked: RFC 7662. */
export class OpaqueTokens {
  readonly #settings: OpaqueTokenSettings
  readonly #issuers: IssuerDirectory
  readonly #only: TrustedIssuer | undefined

  /** @throws ConfigurationError if it cannot be known which issuer to ask */
  constructor(settings: OpaqueTokenSettings, issuers: IssuerDirectory, owner: string) {
    this.#settings = settings
    this.#issuers = issuers
    const [only, ...others] = issuers.introspected
    this.#only = only
    if (others.length === 0 || settings.issuerOf !== undefined) return
    const message = 'is missing: several issuers have `introspection`, and an opaque token does not name its issuer'
    throw new ConfigurationError(`${owner}: option \`issuerOf\` ${message}`, 'issuerOf')
  }

  /** True for a token that is not a JWS, if opaque tokens are accepted at all. */
  take(token: string): boolean {
    return (this.#only !== undefined || this.#settings.issuerOf !== undefined) && !isJws(token)
  }

  /**
   * Asks the issuer about the token, and checks the claims in its answer.
   *
   * @throws TokenError if the token is invalid
   * @throws IntrospectionUnavailableError if the issuer does not answer
   * @throws VerificationUnavailableError if `issuerOf` or `resolveIssuer` fails
   */
  async authenticate(token: string): Promise<AuthenticToken> {
    const { maxTokenLength, clock } = this.#settings
    if (token.length > maxTokenLength) throw new TokenError('token_too_long')
    const { issuer, introspection } = await this.#issuerFor(token)
    const answer = await introspection.introspect(token)
    this.#issuers.vouch(issuer)
    // From here on the claims are authentic.
    const issued = issuer.checkAnswer(answer.claims, secondsOf(clock))
    const checkAgain = (): void => checkTimes(issued, issuer.answerRules, secondsOf(clock))
    return { header: noHeader, issuer, issued, evidence: answer, checkAgain }
  }

  async #issuerFor(token: string): Promise<IntrospectedIssuer> {
    const { issuerOf } = this.#settings
    const issuer = issuerOf === undefined ? this.#only : await this.#issuers.find(namedBy(issuerOf, token))
    if (issuer === undefined) throw new TokenError('issuer_mismatch')
    const { introspection } = issuer
    // Its tokens are JWTs.
    if (introspection === undefined) throw new TokenError('token_malformed')
    return { issuer, introspection }
  }
}

interface IntrospectedIssuer {
  readonly issuer: TrustedIssuer
  readonly introspection: TokenIntrospection
}

const noHeader = Object.freeze({})

function namedBy(issuerOf: OpaqueTokenIssuer, token: string): string | undefined {
  try {
    const answer: unknown = issuerOf(token)
    if (answer === undefined || typeof answer === 'string') return answer
    throw new TypeError('issuerOf must return the `iss` of the token, or undefined')
  } catch (cause) {
    throw new VerificationUnavailableError('issuerOf failed', { cause, option: 'issuerOf' })
  }
}

/** A JWE has five parts: RFC 7516 §3.1. Only its recipient can read it, so it is opaque. */
const partsOfJwe = 5

/**
 * True for text with the parts of a JWS, whose header is a JSON object. Damaged JWTs count too, also with too many parts: they are
 * refused, and not sent to an issuer that may not be theirs.
 */
function isJws(token: string): boolean {
  const [header = '', ...others] = token.split('.', partsOfJwe + 1)
  if (others.length < 2 || others.length + 1 === partsOfJwe) return false
  return Buffer.from(header, 'base64url').toString('latin1').trimStart().startsWith('{')
}

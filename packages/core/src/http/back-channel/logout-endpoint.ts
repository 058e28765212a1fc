import { systemClock } from '../../clock.ts'
import { withEnvironment } from '../../configuration/environment.ts'
import {
  callable,
  defaulting,
  flag,
  type Given,
  having,
  listOf,
  objectOf,
  oneOf,
  optional,
  type Readers,
  readOptions,
  required,
} from '../../configuration/options.ts'
import { identifier } from '../../configuration/url-options.ts'
import { TokenError } from '../../errors.ts'
import type { HttpRequest, HttpResponse } from '../../http-message.ts'
import { type IssuerOptions, issuerReaders } from '../../jwt/issuers/issuer-options.ts'
import { LogoutTokenVerifier } from '../../jwt/logout/logout-token-verifier.ts'
import type { LogoutTokenClaims } from '../../jwt/logout/logout-token.ts'
import { isErrorNamed } from '../../recognized-errors.ts'
import { isFirstUse } from '../../replay/first-use.ts'
import { memoryReplayStore } from '../../replay/memory-replay-store.ts'
import type { ReplayStore } from '../../replay/replay-store.ts'
import type { TokensToRevoke } from '../../revocation/tokens-to-revoke.ts'
import { answerForm, done, refused, unavailable } from './answers.ts'
import { type FailureListener, reportFailure } from './failure-listener.ts'
import { dateOf, revokeWith, type TokenRevoker } from './token-revoker.ts'

/** The issuer and its keys are named as for `verifyJwt`. */
export interface LogoutHandlerOptions extends Omit<
  IssuerOptions,
  'audience' | 'profile' | 'requiredClaims' | 'introspection'
> {
  /** The `client_id` of this service at the issuer: the `aud` of its logout tokens. Several if it is several clients. */
  clientId: string | readonly string[]
  /**
   * Which tokens a logout revokes. `'session'`: those of the session (`sid`), or of the user if the logout token names no
   * session. `'subject'`: all tokens of the user (`sub`) from before the logout, for issuers whose access tokens have no
   * `sid`. Default `'session'`.
   */
  revoke?: 'session' | 'subject' | undefined
  /**
   * Remembers which logout tokens were used. A logout that is repeated revokes the same tokens again, so a store for several
   * processes is not required. Default: `memoryReplayStore` with room for 10,000 logout tokens.
   */
  replay?: ReplayStore | undefined
  /**
   * If `true`, logout tokens with `typ` `JWT` or without `typ` are accepted too. The issuer's other tokens for this client
   * are then told apart only by their claims (OpenID Connect Back-Channel Logout 1.0 §4.1). Default `false`.
   */
  acceptUntypedTokens?: boolean | undefined
  /** Called with the reason if a logout token was not accepted or nothing could be revoked, for your log. */
  onFailure?: FailureListener | undefined
}

interface Settings {
  readonly revocations: TokenRevoker
  readonly clientId: readonly string[]
  readonly revoke: 'session' | 'subject'
  readonly replay: ReplayStore | undefined
  readonly acceptUntypedTokens: boolean
  readonly onFailure: FailureListener | undefined
}

const readers: Readers<Settings> = {
  revocations: required(having<TokenRevoker>('revoke')),
  clientId: required(listOf(identifier)),
  revoke: defaulting(oneOf<'session' | 'subject'>('session', 'subject'), 'session'),
  replay: optional(having<ReplayStore>('firstUse')),
  acceptUntypedTokens: defaulting(flag, false),
  onFailure: optional(callable<FailureListener>()),
}

const usualRoom = 10_000

/** Answers OpenID Connect Back-Channel Logout 1.0 requests: revokes the tokens that a logout token names. */
export class LogoutEndpoint {
  readonly #settings: Settings
  readonly #verifier: LogoutTokenVerifier
  readonly #replay: ReplayStore

  /** @throws ConfigurationError naming the option, and its environment variable if it has one */
  constructor(revocations: TokenRevoker, options: LogoutHandlerOptions) {
    const { own, issuer } = split(objectOf('logoutHandler', options))
    this.#settings = readOptions<Settings>('logoutHandler', { ...own, revocations }, readers)
    const { clientId: audience, acceptUntypedTokens: acceptsUntyped, replay } = this.#settings
    const { clock = systemClock } = options
    const rules = { ...withEnvironment(issuer), audience }
    this.#verifier = new LogoutTokenVerifier({ issuer: rules, acceptsUntyped, clock }, 'logoutHandler')
    this.#replay = replay ?? memoryReplayStore({ max: usualRoom, maxPerGroup: usualRoom, clock })
  }

  /**
   * Answers 200 after the tokens were revoked, 400 if the request or the logout token is invalid (section 2.8), and 503 if
   * the logout cannot be carried out at the moment.
   */
  respond(request: HttpRequest, body: unknown): Promise<HttpResponse> {
    return answerForm(request, body, async ({ logout_token: token }) => {
      if (token === undefined || token === '')
        return refused(400, 'invalid_request', 'The parameter logout_token is missing')
      try {
        await this.#logOut(token)
        return done
      } catch (failure) {
        return this.#refusalFor(failure)
      }
    })
  }

  async #logOut(token: string): Promise<void> {
    const { claims, until } = await this.#verifier.verify(token)
    // Revoked before the `jti` is spent: if either fails, the issuer can send the logout token again. Revoking twice has no
    // further effect.
    await revokeWith(this.#settings.revocations, this.#tokensOf(claims))
    const isFirst = await isFirstUse(this.#replay, claims.jti, { until: dateOf(until), group: claims.iss })
    if (!isFirst) throw new TokenError('token_replayed')
  }

  #tokensOf({ iss, sid, sub, iat }: Readonly<LogoutTokenClaims>): TokensToRevoke {
    const bySubject = sub === undefined ? undefined : { iss, sub, issuedBefore: dateOf(iat) }
    const bySession = sid === undefined ? undefined : { iss, sid }
    const [first, second] = this.#settings.revoke === 'subject' ? [bySubject, bySession] : [bySession, bySubject]
    return (first ?? second) as TokensToRevoke
  }

  #refusalFor(failure: unknown): HttpResponse {
    reportFailure(this.#settings.onFailure, failure)
    // The same description for every fault: it must not tell a forger which check failed.
    if (isErrorNamed('TokenError', failure)) return refused(400, 'invalid_request', 'The logout token is invalid')
    return unavailable(failure)
  }
}

/** Options that `verifyJwt` has for an issuer, and that follow from the specification here. */
const fixed: readonly string[] = ['audience', 'profile', 'requiredClaims', 'introspection']

/** Separates the options for the issuer and its keys from those of the handler. */
function split(options: Given): { readonly own: Given; readonly issuer: Given } {
  const isForIssuer = ([name]: [string, unknown]): boolean =>
    Object.hasOwn(issuerReaders, name) && !fixed.includes(name)
  const entries = Object.entries(options)
  return {
    own: Object.fromEntries(entries.filter((entry) => !isForIssuer(entry))),
    issuer: Object.fromEntries(entries.filter(isForIssuer)),
  }
}

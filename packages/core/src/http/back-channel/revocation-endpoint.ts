import { callable, having, optional, readOptions, required } from '../../configuration/options.ts'
import type { HttpRequest, HttpResponse } from '../../http-message.ts'
import { Verifier } from '../../jwt/verifier.ts'
import type { VerifierOptions } from '../../jwt/verifier-options.ts'
import type { Form } from '../form/form.ts'
import { answerForm, done, refused, unavailable } from './answers.ts'
import { type ClientAuthentication, clientOf, invalidClient } from './client-authentication.ts'
import { type FailureListener, reportFailure } from './failure-listener.ts'
import { issuedIn } from './presented-token.ts'
import { dateOf, revokeWith, type TokenRevoker } from './token-revoker.ts'

/** The options of `revocationHandler` (RFC 7009). */
export interface RevocationHandlerOptions<Verification = VerifierOptions<unknown>> {
  /**
   * Which tokens can be revoked: the options of `verifyJwt`. Its `claims` and `isRevoked` are not used. Default: from the
   * environment, like those of `verifyJwt`.
   */
  verification?: Verification | undefined
  /** Authenticates the client: see {@link ClientAuthentication}. Required, because the endpoint ends other people's tokens. */
  authenticate: ClientAuthentication
  /**
   * Called with the reason if nothing was revoked, for your log. RFC 7009 §2.2 answers 200 for an invalid token, so a wrong
   * `audience` in `verification` shows only here.
   */
  onFailure?: FailureListener | undefined
}

interface Settings {
  readonly revocations: TokenRevoker
  readonly authenticate: ClientAuthentication
  readonly onFailure: FailureListener | undefined
}

/** Other services may tolerate a larger difference between clocks than this one. In seconds. */
const tolerance = 60

/** Revokes the token in a request: RFC 7009. */
export class RevocationEndpoint {
  readonly #settings: Settings
  readonly #verifier: Verifier<unknown>

  /** @throws ConfigurationError naming the option */
  constructor(revocations: TokenRevoker, { verification, ...options }: RevocationHandlerOptions) {
    this.#settings = readOptions<Settings>(
      'revocationHandler',
      { ...options, revocations },
      {
        revocations: required(having<TokenRevoker>('revoke')),
        authenticate: required(callable<ClientAuthentication>()),
        onFailure: optional(callable<FailureListener>()),
      },
    )
    const rules = { ...verification, claims: undefined, isRevoked: undefined, cache: false } as const
    this.#verifier = new Verifier(rules, 'revocationHandler')
  }

  /**
   * Answers 200 if the token is revoked or was not valid anyway (RFC 7009 §2.2), 400 if the request or the type of token is
   * not supported, 401 if the client is not authenticated, and 503 if the token cannot be revoked at the moment.
   */
  respond(request: HttpRequest, body: unknown): Promise<HttpResponse> {
    return answerForm(request, body, async (form) => {
      try {
        return await this.#revoke(request, form)
      } catch (failure) {
        reportFailure(this.#settings.onFailure, failure)
        return unavailable(failure)
      }
    })
  }

  async #revoke(request: HttpRequest, form: Form): Promise<HttpResponse> {
    const client = await clientOf(this.#settings.authenticate, request, form)
    if (client === false) return invalidClient(request, 'revocation')
    const { token, token_type_hint: hint } = form
    if (token === undefined || token === '') return refused(400, 'invalid_request', 'The parameter token is missing')
    const issued = await issuedIn(token, this.#verifier, this.#settings.onFailure)
    // RFC 7009 §2.2.1. An opaque refresh token looks like any invalid token, and must not be reported as revoked.
    if (issued === undefined) return hint === 'refresh_token' ? unsupported('refresh tokens') : done
    const { iss, jti, exp, client_id: owner = issued['azp'] } = issued
    // RFC 7009 §2.1: a client may revoke only tokens that were issued to it.
    if (client !== true && client !== owner) return refused(400, 'invalid_grant', 'The token is another client’s')
    if (jti === undefined || jti === '') return unsupported('tokens without the claim jti')
    // The answer about an opaque token may lack `exp`. The default applies then.
    const until = Number.isFinite(exp) ? dateOf(exp + tolerance) : undefined
    await revokeWith(this.#settings.revocations, { iss, jti, until })
    return done
  }
}

function unsupported(type: string): HttpResponse {
  return refused(400, 'unsupported_token_type', `This server does not revoke ${type}`)
}

import { immediateAnswer } from '../../callback.ts'
import { type Clock, systemClock } from '../../clock.ts'
import {
  callable,
  defaulting,
  having,
  optional,
  type Readers,
  readOptions,
  required,
} from '../../configuration/options.ts'
import { VerificationUnavailableError } from '../../errors.ts'
import type { HttpRequest, HttpResponse } from '../../http-message.ts'
import { Verifier } from '../../jwt/verifier.ts'
import type { VerifierOptions } from '../../jwt/verifier-options.ts'
import type { Form } from '../form/form.ts'
import {
  type AnswerSigning,
  answerSigning,
  asksForSignedAnswer,
  type SigningSettings,
  signedAnswer,
} from './signed-introspection.ts'
import { type IntrospectedClaims, lookUp, type OpaqueTokenLookup } from './opaque-token-lookup.ts'
import { answerForm, refused, unavailable } from './answers.ts'
import { type ClientAuthentication, clientOf, invalidClient } from './client-authentication.ts'
import { type FailureListener, reportFailure } from './failure-listener.ts'
import { issuedIn } from './presented-token.ts'

/** The options of `introspectionHandler` (RFC 7662). */
export interface IntrospectionHandlerOptions<Verification = VerifierOptions<unknown>> {
  /**
   * The JWTs that clients may ask about: the options of `verifyJwt`, whose `isRevoked` counts. Default: none if there is a
   * `find`, and otherwise from the environment.
   */
  verification?: Verification | undefined
  /** Finds opaque tokens, which are asked about before JWTs. Must settle within five seconds. Default: there are none. */
  find?: OpaqueTokenLookup | undefined
  /**
   * Authenticates the client: see {@link ClientAuthentication}. Required (RFC 7662 §2.1): otherwise anybody could try out
   * tokens. A client for which it returns a `client_id` learns only of tokens that are meant for it: see `isMeantFor`.
   */
  authenticate: ClientAuthentication
  /**
   * Decides whether a client may know of a token (RFC 7662 §4). Default: if `aud` contains its `client_id`, or the token was
   * issued to it.
   */
  isMeantFor?: ((clientId: string, claims: IntrospectedClaims) => boolean) | undefined
  /** Signs the answer if the client asks for it (RFC 9701). Default: answers are not signed. */
  signing?: AnswerSigning | undefined
  /** Called with the reason if a token is not active or the request failed, for your log. The client is not told. */
  onFailure?: FailureListener | undefined
  /** Default: the system clock. */
  clock?: Clock | undefined
}

interface Settings {
  readonly find: OpaqueTokenLookup | undefined
  readonly authenticate: ClientAuthentication
  readonly isMeantFor: (clientId: string, claims: IntrospectedClaims) => boolean
  readonly signing: SigningSettings | undefined
  readonly onFailure: FailureListener | undefined
  readonly clock: Clock
}

const readers: Readers<Settings> = {
  find: optional(callable<OpaqueTokenLookup>()),
  authenticate: required(callable<ClientAuthentication>()),
  isMeantFor: defaulting(callable<Settings['isMeantFor']>(), isForOrOf),
  signing: optional(answerSigning),
  onFailure: optional(callable<FailureListener>()),
  clock: defaulting(having<Clock>('now'), systemClock),
}

/** Tells authenticated clients whether a token is active: RFC 7662. */
export class IntrospectionEndpoint {
  readonly #settings: Settings
  readonly #verifier: Verifier<unknown> | undefined

  /** @throws ConfigurationError naming the option */
  constructor({ verification, ...options }: IntrospectionHandlerOptions) {
    this.#settings = readOptions<Settings>('introspectionHandler', options, readers)
    if (verification === undefined && this.#settings.find !== undefined) return
    this.#verifier = new Verifier({ ...verification, claims: undefined }, 'introspectionHandler')
  }

  /**
   * Answers 200 with `active: true` and the claims, or with `active: false` alone for everything else (RFC 7662 §2.2). Answers
   * 400 if the request is malformed, 401 if the client is not authenticated, and 503 if nothing can be told at the moment.
   */
  respond(request: HttpRequest, body: unknown): Promise<HttpResponse> {
    return answerForm(request, body, async (form) => {
      try {
        return await this.#introspect(request, form)
      } catch (failure) {
        reportFailure(this.#settings.onFailure, failure)
        return unavailable(failure)
      }
    })
  }

  async #introspect(request: HttpRequest, form: Form): Promise<HttpResponse> {
    const { authenticate, isMeantFor, signing, clock } = this.#settings
    const client = await clientOf(authenticate, request, form)
    if (client === false) return invalidClient(request, 'introspection')
    const { token } = form
    if (token === undefined || token === '') return refused(400, 'invalid_request', 'The parameter token is missing')
    const claims = await this.#claimsOf(token)
    const isVisible = claims !== undefined && (client === true || mayKnow(isMeantFor, client, claims))
    const answer = isVisible ? activeAnswer(claims) : { active: false }
    if (signing === undefined || !asksForSignedAnswer(request)) return json(answer)
    // RFC 9701 §5: `aud` is the client, so it must be known.
    if (client === true) return refused(400, 'invalid_request', 'A signed answer needs a client_id')
    return signedAnswer(answer, client, signing, clock)
  }

  async #claimsOf(token: string): Promise<IntrospectedClaims | undefined> {
    const { find, clock, onFailure } = this.#settings
    const found = find && (await lookUp(find, token, clock))
    return found ?? (this.#verifier && issuedIn(token, this.#verifier, onFailure))
  }
}

/** RFC 7662 §2.2. The type tells how the token is presented: RFC 9449 §6.2 for tokens that are bound to a DPoP key. */
function activeAnswer(claims: IntrospectedClaims): object {
  const { jkt } = Object(claims['cnf']) as { jkt?: unknown }
  return { token_type: jkt === undefined ? 'Bearer' : 'DPoP', ...claims, active: true }
}

function json(answer: object): HttpResponse {
  const headers = { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' }
  return { status: 200, headers, body: JSON.stringify(answer) }
}

/** @throws VerificationUnavailableError if the answer is not a boolean. A promise would always be truthy */
function mayKnow(isMeantFor: Settings['isMeantFor'], client: string, claims: IntrospectedClaims): boolean {
  const answer = immediateAnswer(isMeantFor(client, claims))
  if (answer !== undefined) return answer
  throw new VerificationUnavailableError('isMeantFor must return true or false, not a promise')
}

function isForOrOf(clientId: string, { aud, client_id: owner }: IntrospectedClaims): boolean {
  const audience: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return owner === clientId || audience.includes(clientId)
}

import type { AccessTokenClaims } from '../jwt/jws/compact-jws.ts'
import type { Verification } from '../jwt/first-sight.ts'
import { Verifier } from '../jwt/verifier.ts'
import type { VerifierOptions } from '../jwt/verifier-options.ts'
import type { AuthContext, ProofOfPossession, RegisteredClaims } from './auth-context.ts'
import { authenticationOf, rememberAuthentication } from './authentication.ts'
import { type Continuation, continueAfter } from './outcome/continuation.ts'
import { type AcceptedSchemes, accepting, type Credentials } from './credentials/credentials.ts'
import { type Confirmation, confirmKeys } from './credentials/key-confirmation.ts'
import { type ProtectionSpace, protectionSpaceOf } from './refusals/protection-space.ts'
import { refusalFor, RequestRefusedError } from './refusals/refusal.ts'
import { isTraced, TracedContinuation } from './request-trace.ts'
import { isToken68 } from '../http-token.ts'
import type { HeaderValues, HttpRequest } from '../http-message.ts'
import { schemesFor } from './credentials/accepted-schemes.ts'
import type { AuthenticationScheme } from './credentials/scheme.ts'
import { credentialsOf } from './credentials/token-source.ts'

/** Authenticates HTTP requests with the options of `verifyJwt`. The outcome is an auth context or a refusal. */
export class Authenticator<Claims = RegisteredClaims> {
  readonly #verifier: Verifier<Claims>
  readonly #space: ProtectionSpace
  readonly #accepted: AcceptedSchemes

  /**
   * @param given the accepted schemes, in the order of their challenges. Default: as the options say
   * @param framework the name of the adapter, for {@link RequestTrace}
   * @throws ConfigurationError naming the option, and the environment variable if there is one
   */
  constructor(options: VerifierOptions<Claims> = {}, given?: readonly AuthenticationScheme[], framework?: string) {
    this.#verifier = new Verifier(options, 'verifyJwt')
    const { settings } = this.#verifier
    const schemes = given ?? schemesFor(settings)
    this.#space = protectionSpaceOf(settings, schemes, framework)
    this.#accepted = accepting(schemes)
  }

  /**
   * Authenticates a request. Callbacks instead of a promise, so a request with a cached token continues synchronously.
   *
   * @param body the body as the framework parsed it, for token sources that read the body
   */
  authenticate(request: HttpRequest, continuation: Continuation<Claims>, body?: unknown): void {
    if (isTraced()) this.#authenticateTraced(request, continuation, body)
    else this.#authenticate(request, continuation, body)
  }

  // The steps with closures are methods of their own. V8 allocates the variables of a closure when the method around it
  // begins, even if the closure is never created.

  #authenticateTraced(request: HttpRequest, continuation: Continuation<Claims>, body: unknown): void {
    const trace = { step: 'authentication', framework: this.#space.framework } as const
    TracedContinuation.run(continuation, request, trace, (traced) => {
      this.#authenticate(request, traced, body)
    })
  }

  #authenticate(request: HttpRequest, continuation: Continuation<Claims>, body: unknown): void {
    const credentials = credentialsOf(request, this.#verifier.settings.tokenSource, body, this.#accepted)
    if (credentials instanceof Promise) this.#proceedLater(request, credentials, continuation)
    else this.#proceed(request, credentials, continuation)
  }

  /** A failed token source is a server-side failure (503), also in optional mode. */
  #proceedLater(request: HttpRequest, credentials: Promise<Credentials>, continuation: Continuation<Claims>): void {
    continueAfter(
      credentials,
      continuation,
      (found) => this.#proceed(request, found, continuation),
      (failure) => this.#space.refuse(refusalFor(failure, this.#space.challenge), continuation),
    )
  }

  /** Returns the auth context of a request that this authenticator let through. */
  authOf(request: object): AuthContext<Claims> | undefined {
    for (let one = authenticationOf(request); one !== undefined; one = one.former) {
      if (one.space === this.#space) return one.auth as AuthContext<Claims> | undefined
    }
    return undefined
  }

  /** Stops trusting a resolved issuer immediately, for cached tokens too. */
  forgetIssuer(iss: string): void {
    this.#verifier.forgetIssuer(iss)
  }

  /** Cancels the verifier's pending key fetches. */
  close(): void {
    this.#verifier.close()
  }

  #proceed(request: HttpRequest, credentials: Credentials, continuation: Continuation<Claims>): void {
    const { kind } = credentials
    if (kind === 'token') return this.#verify(request, credentials, continuation)
    if (kind === 'absent' && this.#verifier.settings.mode === 'optional')
      return this.#pass(request, undefined, continuation)
    const code = kind === 'absent' ? 'credentials_missing' : (`credentials_${kind}` as const)
    this.#space.refuse(new RequestRefusedError(code, this.#space.challenge), continuation)
  }

  #verify(request: HttpRequest, credentials: TokenCredentials, continuation: Continuation<Claims>): void {
    const { token, scheme } = credentials
    if (continuation instanceof TracedContinuation) continuation.presents(scheme.name, this.#verifier.remembers(token))
    const verification = this.#verifier.recallOrVerify(token, scheme, request)
    // The most frequent case allocates nothing: without `cnf`, no mechanism has anything to confirm.
    if (!(verification instanceof Promise) && !isBound(verification))
      return this.#admit(request, credentials, continuation, verification)
    this.#confirm(request, credentials, continuation, verification)
  }

  #confirm(
    request: HttpRequest,
    credentials: TokenCredentials,
    continuation: Continuation<Claims>,
    verification: Verification<Claims> | Promise<Verification<Claims>>,
  ): void {
    const { token, scheme } = credentials
    const use = { request, token }
    const confirmed =
      verification instanceof Promise
        ? verification.then((held) => confirmedBy(scheme, use, held))
        : confirmedBy(scheme, use, verification)
    const admit = ({ held, confirmation }: Confirmed<Claims>): void =>
      this.#admit(request, credentials, continuation, held, confirmation)
    if (!(confirmed instanceof Promise)) return admit(confirmed)
    continueAfter(confirmed, continuation, admit, (failure) =>
      this.#space.refuse(this.#refusalOf(credentials, failure), continuation),
    )
  }

  #admit(
    request: HttpRequest,
    { token, scheme }: TokenCredentials,
    continuation: Continuation<Claims>,
    held: Verification<Claims>,
    confirmation?: Confirmation,
  ): void {
    const auth = contextOf(token, scheme, held, confirmation?.proof)
    this.#pass(request, auth, continuation, held.issued, confirmation?.headers)
  }

  /** RFC 6750 §3.1: the request is malformed if the credentials do not have the syntax of a token. */
  #refusalOf({ token, scheme }: TokenCredentials, failure: unknown): RequestRefusedError {
    const challenge = this.#space.challengeFor(scheme.name)
    if (!isToken68(token)) return new RequestRefusedError('credentials_malformed', challenge)
    return refusalFor(failure, challenge)
  }

  #pass(
    request: HttpRequest,
    auth: AuthContext<Claims> | undefined,
    continuation: Continuation<Claims>,
    issued?: Readonly<AccessTokenClaims>,
    headers?: HeaderValues,
  ): void {
    rememberAuthentication(request, auth as AuthContext | undefined, issued, this.#space, headers)
    continuation.pass(auth, headers)
  }
}

type TokenCredentials = Omit<Extract<Credentials, { kind: 'token' }>, 'kind'>

interface Confirmed<Claims> {
  readonly held: Verification<Claims>
  readonly confirmation: Confirmation | undefined
}

function isBound<Claims>({ issued }: Verification<Claims>): boolean {
  return issued['cnf'] !== undefined
}

/** Confirms the keys that a verified token is bound to. Returns no promise if nothing has to be awaited. */
function confirmedBy<Claims>(
  { confirmations }: AuthenticationScheme,
  { request, token }: { readonly request: HttpRequest; readonly token: string },
  held: Verification<Claims>,
): Confirmed<Claims> | Promise<Confirmed<Claims>> {
  if (!isBound(held)) return { held, confirmation: undefined }
  const confirmation = confirmKeys(confirmations, { request, token, issued: held.issued })
  if (!(confirmation instanceof Promise)) return { held, confirmation }
  return confirmation.then((awaited) => ({ held, confirmation: awaited }))
}

/** Copied field by field to hide `issuer` and `evidence` from handlers; also faster than a spread. */
function contextOf<Claims>(
  token: string,
  { name }: AuthenticationScheme,
  { header, claims, scopes }: Verification<Claims>,
  proof?: ProofOfPossession,
): AuthContext<Claims> {
  return { token, scheme: name as AuthContext['scheme'], header, claims, scopes, proof }
}

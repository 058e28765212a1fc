import type { AccessTokenClaims } from '../jwt/compact-jws.ts'
import type { Verification } from '../jwt/first-sight.ts'
import { TokenVerifier } from '../jwt/token-verifier.ts'
import type { VerifierOptions } from '../jwt/verifier-options.ts'
import type { AuthContext, RegisteredClaims } from './auth-context.ts'
import { authenticationOf, rememberAuthentication } from './authentication.ts'
import { type Continuation, continueAfter } from './continuation.ts'
import { type Credentials, isBearerToken } from './credentials.ts'
import { ProtectionSpace } from './protection-space.ts'
import { refusalFor, RequestRefusedError } from './refusal.ts'
import type { HttpRequest } from './request.ts'
import { credentialsOf } from './token-source.ts'

/** The HTTP step above a {@link TokenVerifier}: request in, auth context or refusal out. Adapters only translate. */
export class Authenticator<Claims = RegisteredClaims> {
  readonly #verifier: TokenVerifier<Claims>
  readonly #space: ProtectionSpace

  /** @throws ConfigurationError naming the option, and the variable where there is one */
  constructor(options: VerifierOptions<Claims> = {}) {
    this.#verifier = new TokenVerifier(options, 'verifyJwt')
    const { realm, challengeScopes, resourceMetadataUrl, respond } = this.#verifier.settings
    const scope = challengeScopes?.join(' ')
    this.#space = new ProtectionSpace({ realm, scope, resourceMetadata: resourceMetadataUrl }, respond)
  }

  /**
   * Callbacks instead of a promise, so that a request with a remembered token goes on synchronously.
   *
   * @param body what the framework has parsed of the request's body, for token sources that look there
   */
  authenticate(request: HttpRequest, continuation: Continuation<Claims>, body?: unknown): void {
    const credentials = credentialsOf(request, this.#verifier.settings.tokenSource, body)
    if (!(credentials instanceof Promise)) return this.#proceed(request, credentials, continuation)
    // A token source that fails is trouble of ours (503), and no reason to let anybody through.
    continueAfter(
      credentials,
      continuation,
      (found) => this.#proceed(request, found, continuation),
      (failure) => this.#space.refuse(refusalFor(failure, this.#space.challenge), continuation),
    )
  }

  /** The auth context of a request that this authenticator let through. */
  authOf(request: object): AuthContext<Claims> | undefined {
    for (let one = authenticationOf(request); one !== undefined; one = one.former) {
      if (one.space === this.#space) return one.auth as AuthContext<Claims> | undefined
    }
    return undefined
  }

  /** Ends the trust in a resolved issuer at once: see {@link TokenVerifier.forgetIssuer}. */
  forgetIssuer(iss: string): void {
    this.#verifier.forgetIssuer(iss)
  }

  /** Ends what is under way for keys that the verifier fetches. */
  close(): void {
    this.#verifier.close()
  }

  #proceed(request: HttpRequest, credentials: Credentials, continuation: Continuation<Claims>): void {
    const { kind } = credentials
    if (kind === 'bearer') return this.#verify(request, credentials.token, continuation)
    if (kind === 'absent' && this.#verifier.settings.mode === 'optional')
      return this.#pass(request, undefined, continuation)
    const code = kind === 'absent' ? 'credentials_missing' : (`credentials_${kind}` as const)
    this.#space.refuse(new RequestRefusedError(code, this.#space.challenge), continuation)
  }

  #verify(request: HttpRequest, token: string, continuation: Continuation<Claims>): void {
    const pass = (held: Verification<Claims>): void => {
      this.#pass(request, contextOf(token, held), continuation, held.issued)
    }
    const verification = this.#verifier.recallOrVerify(token, { request })
    if (!(verification instanceof Promise)) return pass(verification)
    continueAfter(verification, continuation, pass, (failure) => {
      this.#space.refuse(this.#refusalOf(token, failure), continuation)
    })
  }

  /** RFC 6750 §3.1: what does not even have the syntax of a token makes a malformed request. */
  #refusalOf(token: string, failure: unknown): RequestRefusedError {
    const { challenge } = this.#space
    if (!isBearerToken(token)) return new RequestRefusedError('credentials_malformed', challenge)
    return refusalFor(failure, challenge)
  }

  #pass(
    request: HttpRequest,
    auth: AuthContext<Claims> | undefined,
    continuation: Continuation<Claims>,
    issued?: Readonly<AccessTokenClaims>,
  ): void {
    rememberAuthentication(request, auth as AuthContext | undefined, issued, this.#space)
    continuation.pass(auth)
  }
}

/** Member by member: what the verifier keeps for itself, issuer and key, is not for handlers, and a spread takes longer. */
function contextOf<Claims>(token: string, { header, claims, scopes }: Verification<Claims>): AuthContext<Claims> {
  return { token, scheme: 'Bearer', header, claims, scopes }
}

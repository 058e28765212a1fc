import type { AccessTokenClaims, JwtHeader } from '../jwt/compact-jws.ts'
import { scopesOf } from '../jwt/scopes.ts'
import { TokenVerifier, type VerifiedToken } from '../jwt/token-verifier.ts'
import type { VerifierOptions } from '../jwt/verifier-options.ts'
import { rememberAuthentication } from './authentication.ts'
import { credentialsOf } from './credentials.ts'
import { type ChallengeContext, refusalFor, RequestRefusedError } from './refusal.ts'
import type { HttpRequest } from './request.ts'

/** What handlers learn about the caller. */
export interface AuthContext {
  readonly token: string
  readonly scheme: 'Bearer'
  readonly header: JwtHeader
  readonly claims: AccessTokenClaims
  readonly scopes: readonly string[]
}

/** How the outcome is taken up: exactly one of the two is called, once. */
export interface Continuation {
  /** Let through; `auth` is undefined for an anonymous request in optional mode. */
  pass(auth: AuthContext | undefined): void
  /** Not let through; the error carries the answer. */
  refuse(refusal: RequestRefusedError): void
}

/** The HTTP step above a {@link TokenVerifier}: request in, auth context or refusal out. Adapters only translate. */
export class Authenticator {
  readonly #verifier: TokenVerifier
  readonly #context: ChallengeContext

  /** @throws ConfigurationError naming the option, and the variable where there is one */
  constructor(options: VerifierOptions = {}) {
    this.#verifier = new TokenVerifier(options, 'verifyJwt')
    this.#context = Object.freeze({ realm: this.#verifier.settings.realm })
  }

  /** Continuations rather than a promise: a request that needs no waiting goes on at once. */
  authenticate(request: HttpRequest, continuation: Continuation): void {
    const credentials = credentialsOf(request)
    if (credentials.kind === 'bearer') return this.#verify(request, credentials.token, continuation)
    if (credentials.kind === 'absent' && this.#verifier.settings.mode === 'optional') {
      return this.#pass(request, undefined, continuation)
    }
    const reason = credentials.kind === 'absent' ? 'credentials_missing' : (`credentials_${credentials.kind}` as const)
    continuation.refuse(new RequestRefusedError(reason, this.#context))
  }

  #verify(request: HttpRequest, token: string, continuation: Continuation): void {
    // The second argument, not catch(): what the continuation throws is not a failed verification.
    void this.#verifier.verify(token).then(
      (verified) => this.#pass(request, contextOf(verified), continuation),
      (failure: unknown) => continuation.refuse(refusalFor(failure, this.#context)),
    )
  }

  #pass(request: HttpRequest, auth: AuthContext | undefined, continuation: Continuation): void {
    rememberAuthentication(request, { auth, context: this.#context })
    continuation.pass(auth)
  }
}

function contextOf({ token, header, claims }: VerifiedToken): AuthContext {
  return { token, scheme: 'Bearer', header, claims, scopes: scopesOf(claims) }
}

import type { AccessTokenClaims } from '../jwt/jws/compact-jws.ts'
import type { Verification } from '../jwt/first-sight.ts'
import { TokenVerifier } from '../jwt/token-verifier.ts'
import type { VerifierOptions } from '../jwt/verifier-options.ts'
import type { AuthContext, RegisteredClaims } from './auth-context.ts'
import { authenticationOf, rememberAuthentication } from './authentication.ts'
import { type Continuation, continueAfter } from './outcome/continuation.ts'
import { type Credentials, isToken68, type SchemeSyntax, syntaxOf } from './credentials/credentials.ts'
import { ProtectionSpace } from './refusals/protection-space.ts'
import { refusalFor, RequestRefusedError } from './refusals/refusal.ts'
import type { HttpRequest } from '../http-message.ts'
import { type AuthenticationScheme, bearer } from './credentials/scheme.ts'
import { credentialsOf } from './credentials/token-source.ts'

/** The HTTP step above a {@link TokenVerifier}: request in, auth context or refusal out. Adapters only translate. */
export class Authenticator<Claims = RegisteredClaims> {
  readonly #verifier: TokenVerifier<Claims>
  readonly #space: ProtectionSpace
  readonly #accepted: readonly SchemeSyntax[]

  /**
   * @param schemes that requests may use, in the order of their challenges
   * @throws ConfigurationError naming the option, and the variable where there is one
   */
  constructor(options: VerifierOptions<Claims> = {}, schemes: readonly AuthenticationScheme[] = [bearer]) {
    this.#verifier = new TokenVerifier(options, 'verifyJwt')
    const { realm, challengeScopes, resourceMetadataUrl, respond } = this.#verifier.settings
    const scope = challengeScopes?.join(' ')
    this.#space = new ProtectionSpace({ schemes, realm, scope, resourceMetadata: resourceMetadataUrl }, respond)
    this.#accepted = schemes.map(syntaxOf)
  }

  /**
   * Callbacks instead of a promise, so that a request with a remembered token goes on synchronously.
   *
   * @param body what the framework has parsed of the request's body, for token sources that look there
   */
  authenticate(request: HttpRequest, continuation: Continuation<Claims>, body?: unknown): void {
    const credentials = credentialsOf(request, this.#verifier.settings.tokenSource, body, this.#accepted)
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
    if (kind === 'token') return this.#verify(request, credentials, continuation)
    if (kind === 'absent' && this.#verifier.settings.mode === 'optional')
      return this.#pass(request, undefined, continuation)
    const code = kind === 'absent' ? 'credentials_missing' : (`credentials_${kind}` as const)
    this.#space.refuse(new RequestRefusedError(code, this.#space.challenge), continuation)
  }

  #verify(request: HttpRequest, { token, scheme }: TokenCredentials, continuation: Continuation<Claims>): void {
    const refuse = (failure: unknown): void => {
      this.#space.refuse(this.#refusalOf({ token, scheme }, failure), continuation)
    }
    const goOn = (held: Verification<Claims>, proof?: object): void => {
      this.#pass(request, contextOf(token, scheme, held, proof), continuation, held.issued)
    }
    const verification = this.#verifier.recallOrVerify(token, { request }, scheme)
    if (scheme.prove === undefined && !(verification instanceof Promise)) return goOn(verification)
    continueAfter(
      provenBy(scheme, { request, token }, verification),
      continuation,
      ({ held, proof }) => goOn(held, proof),
      refuse,
    )
  }

  /** RFC 6750 §3.1: text without the syntax of a token makes the request malformed. */
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
  ): void {
    rememberAuthentication(request, auth as AuthContext | undefined, issued, this.#space)
    continuation.pass(auth)
  }
}

type TokenCredentials = Omit<Extract<Credentials, { kind: 'token' }>, 'kind'>

interface Proven<Claims> {
  readonly held: Verification<Claims>
  readonly proof: object | undefined
}

/** Once the token holds, the scheme looks at the rest of the request. */
async function provenBy<Claims>(
  scheme: AuthenticationScheme,
  { request, token }: { readonly request: HttpRequest; readonly token: string },
  verification: Verification<Claims> | Promise<Verification<Claims>>,
): Promise<Proven<Claims>> {
  const held = await verification
  return { held, proof: await scheme.prove?.({ request, token, issued: held.issued }) }
}

/** Copied field by field to hide `issuer` and `key` from handlers; also faster than a spread. */
function contextOf<Claims>(
  token: string,
  { name }: AuthenticationScheme,
  { header, claims, scopes }: Verification<Claims>,
  proof: object | undefined,
): AuthContext<Claims> {
  return { token, scheme: name, header, claims, scopes, proof }
}

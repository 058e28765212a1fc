import { readOptions, type Readers } from '../configuration/options.ts'
import type { JwksPublisher } from '../keys/key-roles.ts'
import type { VerifierOptions } from '../jwt/verifier-options.ts'
import type { AuthContext } from './auth-context.ts'
import { Authenticator } from './authenticator.ts'
import type { Continuation } from './outcome/continuation.ts'
import { claimsGuard, type ClaimsPredicate } from './guards/claims-guard.ts'
import type { RequiredClaims } from './guards/claim-expectation.ts'
import { allScopesGuard, anyScopeGuard, type AuthenticationRequirement, authenticationGuard } from './guards/guards.ts'
import { LogoutEndpoint, type LogoutHandlerOptions } from './back-channel/logout-endpoint.ts'
import { RevocationEndpoint, type RevocationHandlerOptions } from './back-channel/revocation-endpoint.ts'
import type { TokenRevoker } from './back-channel/token-revoker.ts'
import { JwksEndpoint, type JwksEndpointOptions } from './documents/jwks-endpoint.ts'
import type { HttpRequest, HttpResponse } from '../http-message.ts'
import { ResourceMetadataEndpoint, type ResourceMetadataOptions } from './documents/resource-metadata.ts'

/** Describes how a framework runs middleware and route handlers. {@link createSuite} turns it into a {@link Suite}. */
export interface Framework<Own, Middleware, Handler, HandlerOptions> {
  /** Reads the options of `verifyJwt` that only this framework has. */
  readonly ownOptions: Readers<Own>
  /** Reads the options of the route handlers that only this framework has. Default: none. */
  readonly handlerOptions?: Readers<HandlerOptions>
  /** Creates middleware that runs the step and passes its outcome on. */
  readonly running: (step: Step) => Middleware
  /** Creates a route handler that sends the answer. */
  readonly answering: (respond: Responder, options: Readonly<HandlerOptions>) => Handler
}

/**
 * Lets a request pass or refuses it: authentication, or a guard.
 *
 * @param body the body as the framework parsed it
 */
export type Step = (request: HttpRequest, continuation: Continuation, body?: unknown) => void

/**
 * Answers a request.
 *
 * @param body the body as the framework parsed it. If it did not, the responder reads the request.
 */
export type Responder = (request: HttpRequest, body?: unknown) => HttpResponse | Promise<HttpResponse>

/**
 * The functions that every adapter exports. `Options` is the type of the options of `verifyJwt`. `Own` is the type of
 * the options that only this framework has, after they were checked and defaults were applied.
 */
export interface Suite<Options, Own, Middleware, Handler = Middleware, HandlerOptions = unknown> {
  readonly requireScopes: (...scopes: readonly string[]) => Middleware
  readonly requireAnyScope: (...scopes: readonly string[]) => Middleware
  readonly requireClaims: (required: RequiredClaims | ClaimsPredicate) => Middleware
  readonly requireAuthentication: (requirement: AuthenticationRequirement) => Middleware
  readonly jwksHandler: (keys: JwksPublisher, options?: JwksEndpointOptions & HandlerOptions) => Handler
  readonly resourceMetadataHandler: (
    verification: Options,
    options?: ResourceMetadataOptions & HandlerOptions,
  ) => Handler
  readonly revocationHandler: (
    revocations: TokenRevoker,
    options: RevocationHandlerOptions<Options> & HandlerOptions,
  ) => Handler
  readonly logoutHandler: (revocations: TokenRevoker, options: LogoutHandlerOptions & HandlerOptions) => Handler
  /**
   * Creates the parts of `verifyJwt` from its options.
   *
   * @throws ConfigurationError naming the option, and the environment variable if there is one
   */
  readonly open: <Claims>(options: VerifierOptions<Claims>) => Verification<Own, Claims>
}

/** The parts from which an adapter builds `verifyJwt`. */
export interface Verification<Own, Claims> {
  readonly own: Own
  readonly authenticator: Authenticator<Claims>
  readonly step: Step
  /** Creates the methods of the middleware, for a framework that wraps Node's request. */
  readonly membersFor: <Request>(nodeRequestOf: (request: Request) => object) => VerifyJwtMembers<Request, Claims>
}

/** The methods of the middleware that `verifyJwt` returns. */
export interface VerifyJwtMembers<Request, Claims> {
  /** Returns the auth context that this middleware created for a request, typed by its `claims` schema. */
  authOf(req: Request): AuthContext<Claims> | undefined
  /** Stops trusting an issuer that `resolveIssuer` resolved, immediately and for cached tokens too. */
  forgetIssuer(iss: string): void
}

/** Creates the exports of an adapter. Defined once for all frameworks. */
export function createSuite<
  Options extends VerifierOptions<unknown>,
  Own extends object,
  Middleware,
  Handler = Middleware,
  HandlerOptions = unknown,
>({
  ownOptions,
  handlerOptions = {} as Readers<HandlerOptions>,
  running,
  answering,
}: Framework<Own, Middleware, Handler, HandlerOptions>): Suite<Options, Own, Middleware, Handler, HandlerOptions> {
  return {
    requireScopes: (...scopes) => running(allScopesGuard(...scopes)),
    requireAnyScope: (...scopes) => running(anyScopeGuard(...scopes)),
    requireClaims: (required) => running(claimsGuard(required)),
    requireAuthentication: (requirement) => running(authenticationGuard(requirement)),
    jwksHandler(keys, options) {
      const { own, others } = split('jwksHandler', { ...options }, handlerOptions)
      const endpoint = new JwksEndpoint(keys, others)
      return answering((request) => endpoint.respond(request), own)
    },
    resourceMetadataHandler(verification, options) {
      const { own, others } = split('resourceMetadataHandler', { ...options }, handlerOptions)
      const endpoint = new ResourceMetadataEndpoint(split('verifyJwt', verification, ownOptions).others, others)
      return answering((request) => endpoint.respond(request), own)
    },
    revocationHandler(revocations, options) {
      const { own, others } = split('revocationHandler', { ...options }, handlerOptions)
      const verification = split('verifyJwt', { ...others.verification }, ownOptions).others
      const endpoint = new RevocationEndpoint(revocations, { ...others, verification })
      return answering((request, body) => endpoint.respond(request, body), own)
    },
    logoutHandler(revocations, options) {
      const { own, others } = split('logoutHandler', { ...options }, handlerOptions)
      const endpoint = new LogoutEndpoint(revocations, others)
      return answering((request, body) => endpoint.respond(request, body), own)
    },
    open<Claims>(options: VerifierOptions<Claims>) {
      const { own, others } = split('verifyJwt', options, ownOptions)
      return verificationWith(own, new Authenticator<Claims>(others))
    },
  }
}

function verificationWith<Own, Claims>(own: Own, authenticator: Authenticator<Claims>): Verification<Own, Claims> {
  return {
    own,
    authenticator,
    step: (request, continuation, body) => {
      authenticator.authenticate(request, continuation as Continuation<Claims>, body)
    },
    membersFor: (nodeRequestOf) => ({
      authOf: (request) => authenticator.authOf(nodeRequestOf(request)),
      forgetIssuer: (iss) => authenticator.forgetIssuer(iss),
    }),
  }
}

/** Reads the options that have a reader and returns the others unchanged. */
function split<Own, Options extends object>(
  owner: string,
  options: Options,
  readers: Readers<Own>,
): { readonly own: Own; readonly others: Options } {
  const isOwn = ([name]: [string, unknown]): boolean => Object.hasOwn(readers, name)
  const entries = Object.entries(options)
  return {
    own: readOptions(owner, Object.fromEntries(entries.filter(isOwn)), readers as Readers<Own & object>),
    others: Object.fromEntries(entries.filter((entry) => !isOwn(entry))) as Options,
  }
}

import { readOptions, type Readers } from '../configuration/options.ts'
import type { JwksPublisher } from '../keys/key-roles.ts'
import type { VerifierOptions } from '../jwt/verifier-options.ts'
import type { AuthContext } from './auth-context.ts'
import { Authenticator } from './authenticator.ts'
import type { Continuation } from './outcome/continuation.ts'
import { claimsGuard, type ClaimsPredicate } from './guards/claims-guard.ts'
import type { RequiredClaims } from './guards/claim-expectation.ts'
import { allScopesGuard, anyScopeGuard, type AuthenticationRequirement, authenticationGuard } from './guards/guards.ts'
import { JwksEndpoint, type JwksEndpointOptions } from './documents/jwks-endpoint.ts'
import type { HttpRequest, HttpResponse } from '../http-message.ts'
import { ResourceMetadataEndpoint, type ResourceMetadataOptions } from './documents/resource-metadata.ts'

/** How a framework runs middleware and route handlers. An adapter says this, and gets a {@link Suite}. */
export interface Framework<Own, Middleware, Handler, HandlerOptions> {
  /** The options of `verifyJwt` that only this framework has. */
  readonly ownOptions: Readers<Own>
  /** The options of `jwksHandler` and `resourceMetadataHandler` that only this framework has. Default: none. */
  readonly handlerOptions?: Readers<HandlerOptions>
  /** Makes middleware that runs the step and passes its outcome on. */
  readonly running: (step: Step) => Middleware
  /** Makes a route handler that sends the answer. */
  readonly answering: (respond: Responder, options: Readonly<HandlerOptions>) => Handler
}

/**
 * A step that decides on a request: authentication, or a guard.
 *
 * @param body what the framework has parsed of the request's body
 */
export type Step = (request: HttpRequest, continuation: Continuation, body?: unknown) => void

/** Answers a request. */
export type Responder = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>

/**
 * What every adapter offers. `Options` are those that `verifyJwt` takes, and `Own` those of them that only the framework
 * has, checked and complete.
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
  /**
   * The parts of `verifyJwt`: the framework's own options, and what verifies.
   *
   * @throws ConfigurationError naming the option, and the variable where there is one
   */
  readonly open: <Claims>(options: VerifierOptions<Claims>) => Verification<Own, Claims>
}

/** An open `verifyJwt`. */
export interface Verification<Own, Claims> {
  readonly own: Own
  readonly authenticator: Authenticator<Claims>
  readonly step: Step
  /** What the middleware has beside its call, for a framework that wraps Node's request. */
  readonly membersFor: <Request>(nodeRequestOf: (request: Request) => object) => VerifyJwtMembers<Request, Claims>
}

/** What middleware made by `verifyJwt` has beside its call. */
export interface VerifyJwtMembers<Request, Claims> {
  /** What this middleware made of a request, typed by its own `claims` schema. */
  authOf(req: Request): AuthContext<Claims> | undefined
  /** Ends the trust in an issuer that `resolveIssuer` answered for, at once and for remembered tokens too. */
  forgetIssuer(iss: string): void
}

/** Says once, for all frameworks, what an adapter offers. */
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

/** Reads the options that are in the table, and leaves the others as they are. */
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

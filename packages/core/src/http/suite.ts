import { readOptions, type Readers } from '../configuration/options.ts'
import type { JwksPublisher } from '../keys/key-roles.ts'
import type { VerifierOptions } from '../jwt/verifier-options.ts'
import type { AuthContext } from './auth-context.ts'
import { Authenticator } from './authenticator.ts'
import type { Framework, Responder, Step } from './framework.ts'
import type { Continuation } from './outcome/continuation.ts'
import { authorizationDetailsGuard, type RequiredAuthorizationDetails } from './guards/authorization-details-guard.ts'
import { claimsGuard, type ClaimsPredicate } from './guards/claims-guard.ts'
import type { RequiredClaims } from './guards/claim-expectation.ts'
import { allScopesGuard, anyScopeGuard, type AuthenticationRequirement, authenticationGuard } from './guards/guards.ts'
import { IntrospectionEndpoint, type IntrospectionHandlerOptions } from './back-channel/introspection-endpoint.ts'
import { LogoutEndpoint, type LogoutHandlerOptions } from './back-channel/logout-endpoint.ts'
import { RevocationEndpoint, type RevocationHandlerOptions } from './back-channel/revocation-endpoint.ts'
import type { TokenRevoker } from './back-channel/token-revoker.ts'
import { JwksEndpoint, type JwksEndpointOptions } from './documents/jwks-endpoint.ts'
import { ResourceMetadataEndpoint, type ResourceMetadataOptions } from './documents/resource-metadata.ts'

/**
 * The functions that every adapter exports, besides `verifyJwt`, whose options have the type `Options`. Each is created from
 * a {@link Framework} by a function of its own, so that a bundle contains only those that the application imports.
 */
export interface Suite<Options, Middleware, Handler = Middleware, HandlerOptions = unknown> {
  /** Requires all of the scopes. */
  readonly requireScopes: (...scopes: readonly string[]) => Middleware
  /** Requires one of the scopes. */
  readonly requireAnyScope: (...scopes: readonly string[]) => Middleware
  /** Requires claim values, or a predicate of the claims. */
  readonly requireClaims: (required: RequiredClaims | ClaimsPredicate) => Middleware
  /** Requires a stronger or more recent login (RFC 9470). */
  readonly requireAuthentication: (requirement: AuthenticationRequirement) => Middleware
  /** Requires an element of `authorization_details` (RFC 9396). */
  readonly requireAuthorizationDetails: (requirement: RequiredAuthorizationDetails) => Middleware
  /** Serves the public keys of a provider. */
  readonly jwksHandler: (keys: JwksPublisher, options?: JwksEndpointOptions & HandlerOptions) => Handler
  /** Serves the protected resource metadata (RFC 9728). */
  readonly resourceMetadataHandler: (
    verification: Options,
    options?: ResourceMetadataOptions & HandlerOptions,
  ) => Handler
  /** Revokes the token in a request (RFC 7009). */
  readonly revocationHandler: (
    revocations: TokenRevoker,
    options: RevocationHandlerOptions<Options> & HandlerOptions,
  ) => Handler
  /** Tells clients whether a token is active (RFC 7662). */
  readonly introspectionHandler: (options: IntrospectionHandlerOptions<Options> & HandlerOptions) => Handler
  /** Revokes the tokens of a session or user that logged out (OpenID Connect Back-Channel Logout 1.0). */
  readonly logoutHandler: (revocations: TokenRevoker, options: LogoutHandlerOptions & HandlerOptions) => Handler
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

type Guards<Middleware> = Suite<never, Middleware>
type Handlers<Handler, HandlerOptions> = Suite<VerifierOptions<unknown>, never, Handler, HandlerOptions>
type Running<Middleware> = Pick<Framework<object, Middleware, never, never>, 'running'>
type Answering<Handler, HandlerOptions> = Pick<
  Framework<object, never, Handler, HandlerOptions>,
  'answering' | 'handlerOptions'
>
type OwnOptions<Own> = Pick<Framework<Own, never, never, never>, 'ownOptions' | 'name'>

/** Creates the guard `requireScopes` of a framework. */
export function requireScopesFor<Middleware>({ running }: Running<Middleware>): Guards<Middleware>['requireScopes'] {
  return (...scopes) => running(allScopesGuard(...scopes))
}

/** Creates the guard `requireAnyScope` of a framework. */
export function requireAnyScopeFor<Middleware>({
  running,
}: Running<Middleware>): Guards<Middleware>['requireAnyScope'] {
  return (...scopes) => running(anyScopeGuard(...scopes))
}

/** Creates the guard `requireClaims` of a framework. */
export function requireClaimsFor<Middleware>({ running }: Running<Middleware>): Guards<Middleware>['requireClaims'] {
  return (required) => running(claimsGuard(required))
}

/** Creates the guard `requireAuthentication` of a framework. */
export function requireAuthenticationFor<Middleware>({
  running,
}: Running<Middleware>): Guards<Middleware>['requireAuthentication'] {
  return (requirement) => running(authenticationGuard(requirement))
}

/** Creates the guard `requireAuthorizationDetails` of a framework. */
export function requireAuthorizationDetailsFor<Middleware>({
  running,
}: Running<Middleware>): Guards<Middleware>['requireAuthorizationDetails'] {
  return (requirement) => running(authorizationDetailsGuard(requirement))
}

/** Creates the handler `jwksHandler` of a framework. */
export function jwksHandlerFor<Handler, HandlerOptions>(
  framework: Answering<Handler, HandlerOptions>,
): Handlers<Handler, HandlerOptions>['jwksHandler'] {
  return (keys, options) => {
    return handlerFor(framework, 'jwksHandler', { ...options }, (others) => new JwksEndpoint(keys, others))
  }
}

/** Creates the handler `resourceMetadataHandler` of a framework. */
export function resourceMetadataHandlerFor<Handler, HandlerOptions>(
  framework: Answering<Handler, HandlerOptions> & OwnOptions<object>,
): Handlers<Handler, HandlerOptions>['resourceMetadataHandler'] {
  return (verification, options) => {
    return handlerFor(framework, 'resourceMetadataHandler', { ...options }, (others) => {
      return new ResourceMetadataEndpoint(verifierOptionsIn(verification, framework), others)
    })
  }
}

/** Creates the handler `revocationHandler` of a framework. */
export function revocationHandlerFor<Handler, HandlerOptions>(
  framework: Answering<Handler, HandlerOptions> & OwnOptions<object>,
): Handlers<Handler, HandlerOptions>['revocationHandler'] {
  return (revocations, options) => {
    return handlerFor(framework, 'revocationHandler', { ...options }, (others) => {
      const verification = verifierOptionsIn({ ...others.verification }, framework)
      return new RevocationEndpoint(revocations, { ...others, verification })
    })
  }
}

/** Creates the handler `introspectionHandler` of a framework. */
export function introspectionHandlerFor<Handler, HandlerOptions>(
  framework: Answering<Handler, HandlerOptions> & OwnOptions<object>,
): Handlers<Handler, HandlerOptions>['introspectionHandler'] {
  return (options) => {
    return handlerFor(framework, 'introspectionHandler', { ...options }, (others) => {
      const { verification } = others
      const rules = verification && verifierOptionsIn({ ...verification }, framework)
      return new IntrospectionEndpoint({ ...others, verification: rules })
    })
  }
}

/** Creates the handler `logoutHandler` of a framework. */
export function logoutHandlerFor<Handler, HandlerOptions>(
  framework: Answering<Handler, HandlerOptions>,
): Handlers<Handler, HandlerOptions>['logoutHandler'] {
  return (revocations, options) => {
    return handlerFor(framework, 'logoutHandler', { ...options }, (others) => new LogoutEndpoint(revocations, others))
  }
}

/**
 * Creates the parts of `verifyJwt` from its options.
 *
 * @throws ConfigurationError naming the option, and the environment variable if there is one
 */
export function verificationFor<Own extends object, Claims>(
  { ownOptions, name }: OwnOptions<Own>,
  options: VerifierOptions<Claims>,
): Verification<Own, Claims> {
  const { own, others } = split('verifyJwt', options, ownOptions)
  const authenticator = new Authenticator<Claims>(others, undefined, name)
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

function handlerFor<Handler, HandlerOptions, Options extends object>(
  { answering, handlerOptions = {} as Readers<HandlerOptions> }: Answering<Handler, HandlerOptions>,
  owner: string,
  options: Options,
  endpointWith: (others: Options) => { readonly respond: Responder },
): Handler {
  const { own, others } = split(owner, options, handlerOptions)
  const endpoint = endpointWith(others)
  return answering((request, body) => endpoint.respond(request, body), own)
}

/** Drops the options of `verifyJwt` that only this framework has. */
function verifierOptionsIn<Options extends object>(options: Options, { ownOptions }: OwnOptions<object>): Options {
  return split('verifyJwt', options, ownOptions).others
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

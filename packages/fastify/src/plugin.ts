import {
  allScopesGuard,
  anyScopeGuard,
  type AuthContext,
  type AuthenticationRequirement,
  authenticationGuard,
  Authenticator,
  authOf as authOfNode,
  claimsGuard,
  type ClaimsPredicate,
  defaulting,
  type Continuation,
  type Guard,
  type HttpResponse,
  JwksEndpoint,
  type JwksEndpointOptions,
  type JwksPublisher,
  type NodeResponse,
  oneOf,
  type Readers,
  readOptions,
  type RequestAuth,
  type RequiredClaims,
  ResourceMetadataEndpoint,
  type ResourceMetadataOptions,
  setHeaders,
  setRefusalHeaders,
  text,
  type VerifierOptions,
} from '@bearerkit/core'
import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
  preHandlerHookHandler,
  RouteHandlerMethod,
} from 'fastify'
import plugin from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest extends RequestAuth {}
  interface FastifyContextConfig extends RouteOptOut {}
  interface FastifyInstance {
    /** Ends the trust in an issuer that `resolveIssuer` answered for, at once and for remembered tokens too. */
    forgetIssuer: (iss: string) => void
  }
}

/** `config: { auth: false }` leaves a route out of the protection of its scope. */
type RouteOptOut = { [Property in keyof RequestAuth]?: false }

export interface VerifyJwtOptions extends VerifierOptions<unknown> {
  /** When the token is verified. A token in the body is there from `preValidation` on. Default `'onRequest'`. */
  hook?: Hook | undefined
  /**
   * The property of the request that gets the auth context, and of a route's config that opts out. Default `'auth'`. In
   * TypeScript, register the name as `property`: see `Register`.
   */
  decorateAs?: string | undefined
}

type Hook = 'onRequest' | 'preValidation' | 'preHandler'

interface PluginSettings {
  readonly hook: Hook
  readonly decorateAs: string
}

const readers: Readers<PluginSettings> = {
  hook: defaulting(oneOf<Hook>('onRequest', 'preValidation', 'preHandler'), 'onRequest'),
  decorateAs: defaulting(text, 'auth'),
}

const authenticate: FastifyPluginAsync<VerifyJwtOptions> = async (app, options) => {
  const { hook: givenHook, decorateAs: givenName, ...verification } = options
  const { hook, decorateAs } = readOptions<PluginSettings>(
    'verifyJwt',
    { hook: givenHook, decorateAs: givenName },
    readers,
  )
  const authenticator = new Authenticator(verification)
  // A scope inside one that has the property already inherits it.
  if (!app.hasRequestDecorator(decorateAs)) app.decorateRequest(decorateAs)
  shareForgetIssuer(app, authenticator)
  app.addHook('onClose', async () => authenticator.close())
  app.addHook(hook as 'onRequest', (request, reply, done) => {
    if (hasOptedOut(request, decorateAs)) return done()
    const set = (auth: unknown): void => void ((request as unknown as Record<string, unknown>)[decorateAs] = auth)
    authenticator.authenticate(request.raw, new FastifyContinuation(reply, done, set), request.body)
  })
}

/** Registered, so that two copies of this package share the decorator of one scope. */
const forgetting = Symbol.for('bearerkit.forgetting')

interface ForgetIssuer {
  (iss: string): void
  /** The authenticators of its scope and of the scopes within. */
  [forgetting]?: Pick<Authenticator<unknown>, 'forgetIssuer'>[]
}

function shareForgetIssuer(app: FastifyInstance, authenticator: Authenticator<unknown>): void {
  if (app.hasDecorator('forgetIssuer')) return void (app.forgetIssuer as ForgetIssuer)[forgetting]?.push(authenticator)
  const authenticators = [authenticator]
  const forgetIssuer: ForgetIssuer = (iss) => authenticators.forEach((one) => one.forgetIssuer(iss))
  app.decorate('forgetIssuer', Object.assign(forgetIssuer, { [forgetting]: authenticators }))
}

/**
 * Plugin that lets a request through with a good bearer token and sets `request.auth`; otherwise the request fails.
 * It holds for every route of the scope that registers it, and of the scopes within; a route with
 * `config: { auth: false }` is left out.
 *
 * ```ts
 * import { verifyJwt } from '@bearerkit/fastify'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * await app.register(verifyJwt, { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 * app.get('/me', async (request) => request.auth.claims)
 * app.get('/health', { config: { auth: false } }, async () => 'fine')
 * ```
 *
 * Options default to `BEARERKIT_ISSUER`, `BEARERKIT_AUDIENCE` and `BEARERKIT_JWKS_URL`.
 * Registering throws a ConfigurationError that names the option and the variable.
 */
export const verifyJwt: FastifyPluginAsync<VerifyJwtOptions> = plugin(authenticate, {
  name: '@bearerkit/fastify',
  fastify: '5.x',
})

/**
 * The auth context of a request, whatever property it has. Of several `verifyJwt`, the last counts.
 *
 * @returns undefined for an anonymous request, and for one that no `verifyJwt` has let through
 */
export function authOf(request: Pick<FastifyRequest, 'raw'>): AuthContext | undefined {
  return authOfNode(request.raw)
}

/**
 * A `preHandler`, under `verifyJwt`, that requires every one of the scopes. Else 403 `insufficient_scope`.
 *
 * @throws ConfigurationError at start-up if no scope is given, or one is not a scope
 */
export function requireScopes(...scopes: readonly string[]): preHandlerHookHandler {
  return guarded(allScopesGuard(...scopes))
}

/** The same, for at least one of the scopes. */
export function requireAnyScope(...scopes: readonly string[]): preHandlerHookHandler {
  return guarded(anyScopeGuard(...scopes))
}

/** A `preHandler`, under `verifyJwt`, that requires claims to have values, or to satisfy a predicate: see {@link claimsGuard}. Else 403. */
export function requireClaims(required: RequiredClaims | ClaimsPredicate): preHandlerHookHandler {
  return guarded(claimsGuard(required))
}

/** A `preHandler`, under `verifyJwt`, that requires a stronger or more recent login (RFC 9470). Else 401. */
export function requireAuthentication(requirement: AuthenticationRequirement): preHandlerHookHandler {
  return guarded(authenticationGuard(requirement))
}

/** A route handler that serves the provider's own public keys. */
export function jwksHandler(keys: JwksPublisher, options?: JwksEndpointOptions): RouteHandlerMethod {
  const endpoint = new JwksEndpoint(keys, options)
  return async (request, reply) => {
    try {
      return send(reply, await endpoint.respond(request.raw))
    } catch (error) {
      yieldToOthers(reply)
      throw error
    }
  }
}

/**
 * A route handler that serves the protected resource metadata (RFC 9728).
 *
 * @param verification what `verifyJwt` is given
 */
export function resourceMetadataHandler(
  verification: VerifyJwtOptions,
  options?: ResourceMetadataOptions,
): RouteHandlerMethod {
  const { hook: _hook, decorateAs: _decorateAs, ...verifierOptions } = verification
  const endpoint = new ResourceMetadataEndpoint(verifierOptions, options)
  return async (request, reply) => send(reply, endpoint.respond(request.raw))
}

function guarded(guard: Guard): preHandlerHookHandler {
  return (request, reply, done) => guard(request.raw, new FastifyContinuation(reply, done))
}

/** Takes the outcome of a request to Fastify. */
class FastifyContinuation implements Continuation {
  readonly #reply: FastifyReply
  readonly #done: HookHandlerDoneFunction
  readonly #set: Continuation['pass'] | undefined

  constructor(reply: FastifyReply, done: HookHandlerDoneFunction, set?: Continuation['pass']) {
    this.#reply = reply
    this.#done = done
    this.#set = set
  }

  pass(auth: AuthContext | undefined): void {
    this.#set?.(auth)
    yieldToOthers(this.#reply)
    this.#done()
  }

  refuse(error: Error): void {
    setRefusalHeaders(responseOf(this.#reply), error)
    yieldToOthers(this.#reply)
    this.#done(error)
  }

  answer(answer: HttpResponse): void {
    send(this.#reply, answer)
  }
}

/** Fastify keeps headers of its own until it sends: they would replace those that Node's response has. */
function responseOf(reply: FastifyReply): NodeResponse {
  return {
    headersSent: reply.raw.headersSent,
    getHeader: (name) => reply.getHeader(name),
    setHeader: (name, value) => reply.header(name, value),
  }
}

/**
 * Where somebody wrote to Node's response, past Fastify, there is nothing left for Fastify to send: it would throw where
 * nobody can catch the error.
 */
function yieldToOthers(reply: FastifyReply): FastifyReply {
  return reply.raw.headersSent ? reply.hijack() : reply
}

function hasOptedOut({ routeOptions }: FastifyRequest, property: string): boolean {
  const config: object | undefined = routeOptions.config
  return config !== undefined && (config as Record<string, unknown>)[property] === false
}

function send(reply: FastifyReply, { status, headers, body }: HttpResponse): FastifyReply {
  if (yieldToOthers(reply).sent) return reply
  setHeaders(responseOf(reply), headers)
  // As bytes: to a string Fastify would add a charset.
  return reply.code(status).send(Buffer.from(body))
}

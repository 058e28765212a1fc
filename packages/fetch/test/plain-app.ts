import {
  type ContractAppOptions,
  contractBackChannel,
  contractGuards,
  type RunningApp,
} from '@bearerkit/testing/contract'
import { shownAuth, shownError } from '@bearerkit/testing/contract'
import {
  answerError,
  authOf,
  type ErrorHandler,
  type Handler,
  introspectionHandler,
  jwksHandler,
  logoutHandler,
  type Middleware,
  parseForm,
  protect,
  requireAnyScope,
  requireAuthentication,
  requireAuthorizationDetails,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  revocationHandler,
  verifyJwt,
  withConnection,
} from '../src/index.ts'
import { challengesIn, startOnNode } from './node-host.ts'

/** Starts the app of the contract as handlers of `Request` and `Response`, each with its path. */
export async function startPlain(options: ContractAppOptions): Promise<RunningApp> {
  const handlers = handlersFor(options)
  return startOnNode(options, (request, incoming, outgoing) => {
    const handle = handlers.get(new URL(request.url).pathname) ?? notFound
    return besideFormerChallenge(outgoing.getHeader('WWW-Authenticate'), handle(withConnection(request, incoming)))
  })
}

function handlersFor({
  verify,
  keys,
  jwks,
  metadata,
  backChannel,
  predicate,
  parsesForms,
  ownErrorHandler,
}: ContractAppOptions): ReadonlyMap<string, Handler> {
  const onError: ErrorHandler = ownErrorHandler ? showError : answerError
  const parsers = parsesForms ? [parseForm] : []
  const authenticate = verifyJwt(verify)
  const after = (...steps: Middleware[]): Handler => protect(steps, showAuth, onError)

  const handlers = new Map<string, Handler>([
    ['/public', async () => Response.json({ public: true })],
    ['/.well-known/jwks.json', jwksHandler(keys, jwks)],
    ['/me', after(...parsers, authenticate)],
  ])
  if (metadata !== undefined)
    handlers.set('/.well-known/oauth-protected-resource/mcp', resourceMetadataHandler(verify, metadata))
  for (const [path, handler] of contractBackChannel(
    { revocationHandler, introspectionHandler, logoutHandler },
    backChannel,
  ))
    handlers.set(path, protect(parsers, handler, onError))
  const guards = { requireScopes, requireAnyScope, requireClaims, requireAuthentication, requireAuthorizationDetails }
  for (const [path, guard] of contractGuards(guards, predicate)) {
    handlers.set(path, after(...parsers, authenticate, guard))
    handlers.set(`/unguarded${path}`, after(guard))
  }
  return handlers
}

function showAuth(request: Request): Response {
  return Response.json(shownAuth(authOf(request)))
}

function showError(error: unknown): Response {
  return Response.json(shownError(error), { status: (error as { status?: number }).status ?? 500 })
}

async function notFound(): Promise<Response> {
  return new Response(null, { status: 404 })
}

/** The application of the contract may set a challenge. Here, that is for the code around the handler. */
async function besideFormerChallenge(former: unknown, answering: Promise<Response>): Promise<Response> {
  const response = await answering
  const ours = challengesIn(response.headers.get('WWW-Authenticate') ?? '')
  const challenges = new Set(
    [former ?? [], ours]
      .flat()
      .map(String)
      .filter((challenge) => challenge !== ''),
  )
  if (former !== undefined) response.headers.set('WWW-Authenticate', [...challenges].join(', '))
  return response
}

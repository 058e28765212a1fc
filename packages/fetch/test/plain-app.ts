import {
  type ContractAppOptions,
  contractBackChannel,
  contractGuards,
  type RunningApp,
} from '@bearerkit/testing/contract'
import { shownAuth, shownError } from '@bearerkit/testing/contract'
import * as bearerkitFetch from '../src/index.ts'
import { challengesIn, startOnNode } from './node-host.ts'

type Handler = bearerkitFetch.Handler

/** The package, and the classes of the runtime that it runs on. */
export interface Runtime {
  readonly bearerkit: typeof bearerkitFetch
  readonly Request: typeof Request
  readonly Response: typeof Response
}

const ownRuntime: Runtime = { bearerkit: bearerkitFetch, Request, Response }

/** Starts the app of the contract as handlers of `Request` and `Response`, each with its path. */
export function startPlain(options: ContractAppOptions): Promise<RunningApp> {
  return startPlainOn(ownRuntime, options)
}

/** Starts the same app with the package as it was loaded in another runtime. The server is that of this process. */
export async function startPlainOn(runtime: Runtime, options: ContractAppOptions): Promise<RunningApp> {
  const handle = plainApp(options, runtime)
  const { withConnection } = runtime.bearerkit
  return startOnNode(
    options,
    (request, incoming, outgoing) =>
      besideFormerChallenge(outgoing.getHeader('WWW-Authenticate'), handle(withConnection(request, incoming))),
    runtime.Request,
  )
}

/** The app as one handler, for any server. */
export function plainApp(options: ContractAppOptions, runtime: Runtime = ownRuntime): Handler {
  const handlers = handlersFor(runtime, options)
  const notFound: Handler = async () => new runtime.Response(null, { status: 404 })
  // Bun gives only the path if the header `Host` is malformed.
  return (request) => (handlers.get(new URL(request.url, 'http://localhost').pathname) ?? notFound)(request)
}

function handlersFor(
  { bearerkit, Response }: Runtime,
  { verify, keys, jwks, metadata, backChannel, predicate, parsesForms, ownErrorHandler }: ContractAppOptions,
): ReadonlyMap<string, Handler> {
  const { answerError, authOf, parseForm, protect, verifyJwt } = bearerkit
  const showAuth = (request: Request): Response => Response.json(shownAuth(authOf(request)))
  const showError = (error: unknown): Response =>
    Response.json(shownError(error), { status: (error as { status?: number }).status ?? 500 })
  const onError: bearerkitFetch.ErrorHandler = ownErrorHandler ? showError : answerError
  const parsers = parsesForms ? [parseForm] : []
  const authenticate = verifyJwt(verify)
  const after = (...steps: bearerkitFetch.Middleware[]): Handler => protect(steps, showAuth, onError)

  const handlers = new Map<string, Handler>([
    ['/public', async () => Response.json({ public: true })],
    ['/.well-known/jwks.json', bearerkit.jwksHandler(keys, jwks)],
    ['/me', after(...parsers, authenticate)],
  ])
  if (metadata !== undefined)
    handlers.set('/.well-known/oauth-protected-resource/mcp', bearerkit.resourceMetadataHandler(verify, metadata))
  for (const [path, handler] of contractBackChannel(bearerkit, backChannel))
    handlers.set(path, protect(parsers, handler, onError))
  for (const [path, guard] of contractGuards(bearerkit, predicate)) {
    handlers.set(path, after(...parsers, authenticate, guard))
    handlers.set(`/unguarded${path}`, after(guard))
  }
  return handlers
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

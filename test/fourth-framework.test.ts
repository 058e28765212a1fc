import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import {
  continueAfter,
  type Framework,
  introspectionHandlerFor,
  jwksHandlerFor,
  logoutHandlerFor,
  NextContinuation,
  requireAnyScopeFor,
  requireAuthenticationFor,
  requireClaimsFor,
  requireScopesFor,
  resourceMetadataHandlerFor,
  revocationHandlerFor,
  sendAnswer,
  type Step,
  type Suite,
  type VerifierOptions,
  verificationFor,
} from '@bearerkit/core'
import {
  type ContractAppOptions,
  contractBackChannel,
  contractGuards,
  createContractServer,
  describeAdapter,
  type RunningApp,
  shownAuth,
  shownError,
} from '@bearerkit/testing'

/**
 * An adapter for Node's plain `http`, as "A fourth framework" in ARCHITECTURE.md describes it, and the whole contract
 * suite against it. The framework is made up for this test: a list of middleware with a `next`, run for each request.
 */
type Request = IncomingMessage & { auth?: object; body?: unknown }
type Next = (error?: unknown) => void
type Middleware = (req: Request, res: ServerResponse, next: Next) => void

const framework: Framework<object, Middleware> = {
  ownOptions: {},
  running: (step) => middlewareFor(step),
  answering: (respond) => (req, res, next) => {
    continueAfter(
      respond(req, req.body),
      new NextContinuation(res, next, req),
      (answer) => sendAnswer(res, answer),
      next,
    )
  },
}

const suite: Suite<VerifierOptions<unknown>, Middleware> = {
  requireScopes: requireScopesFor(framework),
  requireAnyScope: requireAnyScopeFor(framework),
  requireClaims: requireClaimsFor(framework),
  requireAuthentication: requireAuthenticationFor(framework),
  jwksHandler: jwksHandlerFor(framework),
  resourceMetadataHandler: resourceMetadataHandlerFor(framework),
  revocationHandler: revocationHandlerFor(framework),
  introspectionHandler: introspectionHandlerFor(framework),
  logoutHandler: logoutHandlerFor(framework),
}

function middlewareFor(step: Step, property?: string): Middleware {
  return (req, res, next) => step(req, new NextContinuation(res, next, req, property), req.body)
}

function verifyJwt(options: VerifierOptions): Middleware {
  return middlewareFor(verificationFor(framework, options).step, 'auth')
}

describeAdapter('plain http', start)

async function start(options: ContractAppOptions): Promise<RunningApp> {
  const routes = routesOf(options)
  const answerError = options.ownErrorHandler ? answerAsJson : answerAsText
  const server = createContractServer(options, (req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://localhost')
    run(routes.get(pathname) ?? [notFound], req, res, answerError)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, close: () => closed(server) }
}

function routesOf({
  verify,
  keys,
  jwks,
  metadata,
  backChannel,
  predicate,
  parsesForms,
}: ContractAppOptions): Map<string, Middleware[]> {
  const parsers = parsesForms ? [parseForm] : []
  const authenticate = [...parsers, verifyJwt(verify)]
  const routes = new Map<string, Middleware[]>([
    ['/public', [(_req, res) => answerWith(res, 200, { public: true })]],
    ['/.well-known/jwks.json', [suite.jwksHandler(keys, jwks)]],
    ['/me', [...authenticate, showAuth]],
  ])
  if (metadata !== undefined)
    routes.set('/.well-known/oauth-protected-resource/mcp', [suite.resourceMetadataHandler(verify, metadata)])
  for (const [path, handler] of contractBackChannel(suite, backChannel)) routes.set(path, [...parsers, handler])
  for (const [path, guard] of contractGuards(suite, predicate)) {
    routes.set(path, [...authenticate, guard, showAuth])
    routes.set(`/unguarded${path}`, [guard, showAuth])
  }
  return routes
}

function run(
  [first, ...others]: Middleware[],
  req: Request,
  res: ServerResponse,
  answerError: typeof answerAsText,
): void {
  const next: Next = (error) => (error === undefined ? run(others, req, res, answerError) : answerError(res, error))
  try {
    first?.(req, res, next)
  } catch (error) {
    answerError(res, error)
  }
}

function showAuth({ auth }: Request, res: ServerResponse): void {
  answerWith(res, 200, shownAuth(auth))
}

function notFound(_req: Request, res: ServerResponse): void {
  answerWith(res, 404, {})
}

function answerAsText(res: ServerResponse, error: unknown): void {
  if (res.headersSent) return
  const { status = 500, expose = false, message } = error as { status?: number; expose?: boolean; message: string }
  res.statusCode = status
  res.end(expose ? message : 'Internal Server Error')
}

function answerAsJson(res: ServerResponse, error: unknown): void {
  const { status = 500 } = error as { status?: number }
  answerWith(res, status, shownError(error))
}

function answerWith(res: ServerResponse, status: number, body: object | null): void {
  if (res.headersSent) return
  res.statusCode = status
  res.setHeader('Content-Type', 'application/json')
  res.end(JSON.stringify(body))
}

function parseForm(req: Request, _res: ServerResponse, next: Next): void {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const isForm = req.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
    if (isForm) req.body = Object.fromEntries([...form.keys()].map((name) => [name, valueOf(form.getAll(name))]))
    next()
  })
}

function valueOf(values: readonly string[]): unknown {
  return values.length === 1 ? values[0] : values
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

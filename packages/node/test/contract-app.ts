import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { parse } from 'node:querystring'
import {
  type ContractAppOptions,
  contractBackChannel,
  contractGuards,
  createContractServer,
  type RunningApp,
  shownAuth,
  shownError,
} from '@bearerkit/testing/contract'
import {
  answerError,
  authOf,
  type ErrorListener,
  introspectionHandler,
  jwksHandler,
  logoutHandler,
  type Middleware,
  protect,
  requireAnyScope,
  requireAuthentication,
  requireAuthorizationDetails,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  revocationHandler,
  verifyJwt,
} from '../src/index.ts'

/** Starts the app of the contract as listeners of a plain server, each with its path. */
export async function start(options: ContractAppOptions): Promise<RunningApp> {
  const listeners = listenersFor(options)
  const server = createContractServer(options, (req, res) => {
    const { pathname } = new URL(req.url ?? '/', 'http://localhost')
    const listener = listeners.get(pathname) ?? notFound
    listener(req, res)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listenersFor({
  verify,
  keys,
  jwks,
  metadata,
  backChannel,
  predicate,
  parsesForms,
  ownErrorHandler,
}: ContractAppOptions): ReadonlyMap<string, RequestListener> {
  const onError: ErrorListener<IncomingMessage, ServerResponse> = ownErrorHandler ? showError : answerError
  const parsers = parsesForms ? [parseForm] : []
  const authenticate = verifyJwt(verify)
  const after = (...steps: Middleware[]): RequestListener => protect(steps, showAuth, onError)
  const open = (handler: (...args: Parameters<Middleware>) => void): RequestListener => {
    return (req, res) => handler(req, res, (error) => onError(error, req, res))
  }

  const listeners = new Map<string, RequestListener>([
    ['/public', (_req, res) => answerWith(res, 200, { public: true })],
    ['/.well-known/jwks.json', open(jwksHandler(keys, jwks))],
    ['/me', after(...parsers, authenticate)],
  ])
  if (metadata !== undefined)
    listeners.set('/.well-known/oauth-protected-resource/mcp', open(resourceMetadataHandler(verify, metadata)))
  const handlers = { revocationHandler, introspectionHandler, logoutHandler }
  for (const [path, handler] of contractBackChannel(handlers, backChannel))
    listeners.set(path, protect(parsers, open(handler), onError))
  const guards = { requireScopes, requireAnyScope, requireClaims, requireAuthentication, requireAuthorizationDetails }
  for (const [path, guard] of contractGuards(guards, predicate)) {
    listeners.set(path, after(...parsers, authenticate, guard))
    listeners.set(`/unguarded${path}`, after(guard))
  }
  return listeners
}

function showAuth(req: IncomingMessage, res: ServerResponse): void {
  answerWith(res, 200, shownAuth(authOf(req)))
}

function showError(error: unknown, _req: IncomingMessage, res: ServerResponse): void {
  const { status = 500 } = error as { status?: number }
  answerWith(res, status, shownError(error))
}

function notFound(_req: IncomingMessage, res: ServerResponse): void {
  answerWith(res, 404, {})
}

function answerWith(res: ServerResponse, status: number, body: object | null): void {
  if (res.headersSent) return
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

/** Works like body parsers for Connect. */
const parseForm: Middleware = (req, _res, next) => {
  const isForm = req.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  if (!isForm) return next()
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    Object.assign(req, { body: parse(Buffer.concat(chunks).toString()) })
    next()
  })
}

import {
  type ContractAppOptions,
  contractBackChannel,
  contractGuards,
  createContractServer,
  type RunningApp,
  shownAuth,
  shownError,
  type StartContractApp,
} from '@bearerkit/testing/contract'
import express5, { type ErrorRequestHandler, type Request, type Response } from 'express'
import express4 from 'express4'
import {
  introspectionHandler,
  jwksHandler,
  logoutHandler,
  requireAnyScope,
  requireAuthentication,
  requireAuthorizationDetails,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  revocationHandler,
  verifyJwt,
} from '../src/index.ts'

export const startExpress5: StartContractApp = (options) => start(express5, options)
export const startExpress4: StartContractApp = (options) => start(express4, options)

async function start(
  express: typeof express5,
  { verify, keys, jwks, metadata, backChannel, predicate, parsesForms, ownErrorHandler, tls }: ContractAppOptions,
): Promise<RunningApp> {
  const guards = contractGuards(
    { requireScopes, requireAnyScope, requireClaims, requireAuthentication, requireAuthorizationDetails },
    predicate,
  )
  const app = express()
  // Express logs every error of a request, except in the environment `test`.
  app.set('env', 'test')
  app.get('/public', (_req, res) => void res.json({ public: true }))
  app.all('/.well-known/jwks.json', jwksHandler(keys, jwks))
  if (metadata !== undefined)
    app.all('/.well-known/oauth-protected-resource/mcp', resourceMetadataHandler(verify, metadata))
  for (const [path, guard] of guards) app.get(`/unguarded${path}`, guard, showAuth)
  if (parsesForms) app.use(express.urlencoded({ extended: false }))
  for (const [path, handler] of contractBackChannel(
    { revocationHandler, introspectionHandler, logoutHandler },
    backChannel,
  ))
    app.all(path, handler)
  app.use(verifyJwt(verify))
  app.get('/me', showAuth)
  app.post('/me', showAuth)
  app.options('/me', showAuth)
  for (const [path, guard] of guards) app.get(path, guard, showAuth)
  if (ownErrorHandler) app.use(showError)

  const server = createContractServer({ tls }, app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function showAuth(req: Request, res: Response): void {
  res.json(shownAuth(req.auth))
}

const showError: ErrorRequestHandler = (error: { status?: number }, _req, res, _next) => {
  res.status(error.status ?? 500).json(shownError(error))
}

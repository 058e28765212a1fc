import { createServer } from 'node:http'
import { type ContractAppOptions, contractMaxHeaderSize, describeAdapter, type RunningApp } from '@bearerkit/testing'
import express5, { type ErrorRequestHandler, type Request, type Response } from 'express'
import express4 from 'express4'
import { jwksHandler, requireScopes, verifyJwt } from '../src/index.ts'

describeAdapter('Express 5', (options) => start(express5, options))
describeAdapter('Express 4', (options) => start(express4, options))

async function start(
  express: typeof express5,
  { verify, keys, jwks, ownErrorHandler }: ContractAppOptions,
): Promise<RunningApp> {
  const app = express()
  // Express prints every error of a request, unless it is told that it is being tested.
  app.set('env', 'test')
  app.get('/public', (_req, res) => void res.json({ public: true }))
  app.all('/.well-known/jwks.json', jwksHandler(keys, jwks))
  app.get('/unguarded', requireScopes('reports:read'), showAuth)
  app.use(verifyJwt(verify))
  app.get('/me', showAuth)
  app.options('/me', showAuth)
  app.get('/reports', requireScopes('reports:read'), showAuth)
  app.get('/ledger', requireScopes('ledger:read', 'ledger:write'), showAuth)
  if (ownErrorHandler) app.use(showError)

  const server = createServer({ maxHeaderSize: contractMaxHeaderSize }, app)
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
  res.json((req.auth as unknown) === undefined ? null : { claims: req.auth.claims, scopes: req.auth.scopes })
}

const showError: ErrorRequestHandler = (error: { status?: number; code?: string }, _req, res, _next) => {
  res.status(error.status ?? 500).json({ own: true, code: error.code })
}

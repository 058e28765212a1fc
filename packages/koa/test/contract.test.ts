import { createServer } from 'node:http'
import Router from '@koa/router'
import { type ContractAppOptions, contractMaxHeaderSize, describeAdapter, type RunningApp } from '@bearerkit/testing'
import Koa3, { type Context, type Next } from 'koa'
import Koa2 from 'koa2'
import { jwksHandler, requireScopes, verifyJwt } from '../src/index.ts'

describeAdapter('Koa 3', (options) => start(Koa3, options))
describeAdapter('Koa 2', (options) => start(Koa2, options))

async function start(
  Koa: typeof Koa3,
  { verify, keys, jwks, ownErrorHandler }: ContractAppOptions,
): Promise<RunningApp> {
  const open = new Router()
  open.get('/public', (ctx) => {
    ctx.body = { public: true }
  })
  open.all('/.well-known/jwks.json', jwksHandler(keys, jwks))
  open.get('/unguarded', requireScopes('reports:read'), showAuth)

  const guarded = new Router()
  guarded.get('/me', showAuth)
  guarded.options('/me', showAuth)
  guarded.get('/reports', requireScopes('reports:read'), showAuth)
  guarded.get('/ledger', requireScopes('ledger:read', 'ledger:write'), showAuth)

  const app = new Koa()
  app.silent = true
  if (ownErrorHandler) app.use(showError)
  app.use(open.routes()).use(verifyJwt(verify)).use(guarded.routes())

  const handle = app.callback()
  const server = createServer({ maxHeaderSize: contractMaxHeaderSize }, (req, res) => void handle(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function showAuth(ctx: Context): void {
  const auth: { claims: object; scopes: readonly string[] } | undefined = ctx.state.auth
  ctx.type = 'json'
  ctx.body = JSON.stringify(auth === undefined ? null : { claims: auth.claims, scopes: auth.scopes })
}

async function showError(ctx: Context, next: Next): Promise<void> {
  try {
    await next()
  } catch (error) {
    const { status = 500, code } = error as { status?: number; code?: string }
    ctx.status = status
    ctx.body = { own: true, code }
  }
}

import { parse } from 'node:querystring'
import { text } from 'node:stream/consumers'
import Router from '@koa/router'
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
import Koa3, { type Context, type Next } from 'koa'
import Koa2 from 'koa2'
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

export const startKoa3: StartContractApp = (options) => start(Koa3, options)
export const startKoa2: StartContractApp = (options) => start(Koa2, options)

async function start(
  Koa: typeof Koa3,
  { verify, keys, jwks, metadata, backChannel, predicate, parsesForms, ownErrorHandler, tls }: ContractAppOptions,
): Promise<RunningApp> {
  const guards = contractGuards(
    { requireScopes, requireAnyScope, requireClaims, requireAuthentication, requireAuthorizationDetails },
    predicate,
  )
  const open = new Router()
  open.get('/public', (ctx) => {
    ctx.body = { public: true }
  })
  open.all('/.well-known/jwks.json', jwksHandler(keys, jwks))
  if (metadata !== undefined)
    open.all('/.well-known/oauth-protected-resource/mcp', resourceMetadataHandler(verify, metadata))
  for (const [path, guard] of guards) open.get(`/unguarded${path}`, guard, showAuth)

  const backChannelRoutes = new Router()
  for (const [path, handler] of contractBackChannel(
    { revocationHandler, introspectionHandler, logoutHandler },
    backChannel,
  ))
    backChannelRoutes.all(path, handler)

  const guarded = new Router()
  guarded.get('/me', showAuth)
  guarded.post('/me', showAuth)
  guarded.options('/me', showAuth)
  for (const [path, guard] of guards) guarded.get(path, guard, showAuth)

  const app = new Koa()
  app.silent = true
  if (ownErrorHandler) app.use(showError)
  app.use(open.routes())
  if (parsesForms) app.use(parseForm)
  app.use(backChannelRoutes.routes())
  app.use(verifyJwt(verify)).use(guarded.routes())

  const handle = app.callback()
  const server = createContractServer({ tls }, (req, res) => void handle(req, res))
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
  ctx.type = 'json'
  ctx.body = JSON.stringify(shownAuth(ctx.state.auth))
}

/** Works like body parsers for Koa. */
async function parseForm(ctx: Context, next: Next): Promise<void> {
  if (ctx.is('urlencoded') !== false) Object.assign(ctx.request, { body: parse(await text(ctx.req)) })
  await next()
}

async function showError(ctx: Context, next: Next): Promise<void> {
  try {
    await next()
  } catch (error) {
    ctx.status = (error as { status?: number }).status ?? 500
    ctx.body = shownError(error)
  }
}

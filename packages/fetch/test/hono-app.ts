import {
  type ContractAppOptions,
  contractBackChannel,
  contractGuards,
  type RunningApp,
} from '@bearerkit/testing/contract'
import { shownAuth, shownError } from '@bearerkit/testing/contract'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import {
  introspectionHandler,
  jwksHandler,
  logoutHandler,
  parseForm,
  requireAnyScope,
  requireAuthentication,
  requireAuthorizationDetails,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  revocationHandler,
  verifyJwt,
} from '../src/hono/index.ts'
import { startOnNode } from './node-host.ts'

/** Starts the app of the contract in Hono. */
export async function startHono(options: ContractAppOptions): Promise<RunningApp> {
  const app = appFor(options)
  return startOnNode(options, (request, incoming, outgoing) => app.fetch(request, { incoming, outgoing }))
}

function appFor({
  verify,
  keys,
  jwks,
  metadata,
  backChannel,
  predicate,
  parsesForms,
  ownErrorHandler,
}: ContractAppOptions): Hono {
  const guards = contractGuards(
    { requireScopes, requireAnyScope, requireClaims, requireAuthentication, requireAuthorizationDetails },
    predicate,
  )
  const app = new Hono()
  // Hono's default error handler prints an error that has no response.
  app.onError((error, c) => ('getResponse' in error ? error.getResponse() : c.text('', 500)))
  if (ownErrorHandler) app.onError(showError)
  app.use(keepChallenge)
  app.get('/public', (c) => c.json({ public: true }))
  app.all('/.well-known/jwks.json', jwksHandler(keys, jwks))
  if (metadata !== undefined)
    app.all('/.well-known/oauth-protected-resource/mcp', resourceMetadataHandler(verify, metadata))
  for (const [path, guard] of guards) app.get(`/unguarded${path}`, guard, showAuth)
  if (parsesForms) app.use(parseForm)
  for (const [path, handler] of contractBackChannel(
    { revocationHandler, introspectionHandler, logoutHandler },
    backChannel,
  ))
    app.all(path, handler)
  app.use(verifyJwt(verify))
  app.on(['GET', 'POST', 'OPTIONS'], '/me', showAuth)
  for (const [path, guard] of guards) app.get(path, guard, showAuth)
  return app
}

function showAuth(c: Context): Response {
  return c.json(shownAuth(c.get('auth')))
}

function showError(error: Error, c: Context): Response {
  return c.json(shownError(error), ((error as { status?: number }).status ?? 500) as ContentfulStatusCode)
}

/** Hands a challenge that the application of the contract set on Node's response to Hono. */
async function keepChallenge(c: Context, next: () => Promise<void>): Promise<void> {
  const { outgoing } = c.env as { outgoing: { getHeader(name: string): unknown } }
  const former = [outgoing.getHeader('WWW-Authenticate') ?? []].flat() as string[]
  for (const challenge of former) c.header('WWW-Authenticate', challenge, { append: true })
  await next()
}

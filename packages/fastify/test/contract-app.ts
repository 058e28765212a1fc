import { parse } from 'node:querystring'
import {
  type ContractAppOptions,
  contractBackChannel,
  contractGuards,
  contractMaxHeaderSize,
  type RunningApp,
  shownAuth,
  shownError,
} from '@bearerkit/testing/contract'
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify'
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

export async function startFastify5(options: ContractAppOptions): Promise<RunningApp> {
  const { verify, keys, jwks, metadata, backChannel, predicate, parsesForms, ownErrorHandler, tls } = options
  const guards = contractGuards(
    { requireScopes, requireAnyScope, requireClaims, requireAuthentication, requireAuthorizationDetails },
    predicate,
  )
  const app = fastifyWith(tls)
  if (ownErrorHandler) {
    app.setErrorHandler((error: FastifyError, _request, reply) => {
      return reply.code(error.statusCode ?? 500).send(shownError(error))
    })
  }
  const form = 'application/x-www-form-urlencoded'
  if (parsesForms)
    app.addContentTypeParser(form, { parseAs: 'string' }, (_request, body, done) => done(null, parse(body as string)))
  // Without a parser Fastify answers 415. This one leaves the body for the handler to read.
  else app.addContentTypeParser(form, (_request, _payload, done) => done(null))
  app.get('/public', async () => ({ public: true }))
  app.all('/.well-known/jwks.json', jwksHandler(keys, jwks))
  if (metadata !== undefined)
    app.all('/.well-known/oauth-protected-resource/mcp', resourceMetadataHandler(verify, metadata))
  for (const [path, handler] of contractBackChannel(
    { revocationHandler, introspectionHandler, logoutHandler },
    backChannel,
  ))
    app.all(path, handler)
  for (const [path, guard] of guards) app.get(`/unguarded${path}`, { preHandler: guard }, showAuth)
  app.register(async (api) => {
    // The body is available only after parsing.
    await api.register(verifyJwt, { ...verify, ...(parsesForms && { hook: 'preValidation' }) })
    api.get('/me', showAuth)
    api.post('/me', showAuth)
    api.options('/me', showAuth)
    for (const [path, guard] of guards) api.get(path, { preHandler: guard }, showAuth)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { server: app.server, close: () => app.close() }
}

function fastifyWith(tls: ContractAppOptions['tls']): FastifyInstance {
  const http = { maxHeaderSize: contractMaxHeaderSize }
  if (tls === undefined) return fastify({ http, forceCloseConnections: true })
  return fastify({ https: { ...http, ...tls }, forceCloseConnections: true })
}

async function showAuth({ auth }: FastifyRequest): Promise<string> {
  return JSON.stringify(shownAuth(auth))
}

import { parse } from 'node:querystring'
import {
  type ContractAppOptions,
  contractGuards,
  contractMaxHeaderSize,
  type RunningApp,
  shownAuth,
  shownError,
} from '@bearerkit/testing'
import fastify, { type FastifyError, type FastifyRequest } from 'fastify'
import {
  jwksHandler,
  requireAnyScope,
  requireAuthentication,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  verifyJwt,
} from '../src/index.ts'

export async function startFastify5(options: ContractAppOptions): Promise<RunningApp> {
  const { verify, keys, jwks, metadata, predicate, parsesForms, ownErrorHandler } = options
  const guards = contractGuards({ requireScopes, requireAnyScope, requireClaims, requireAuthentication }, predicate)
  const app = fastify({ http: { maxHeaderSize: contractMaxHeaderSize }, forceCloseConnections: true })
  if (ownErrorHandler) {
    app.setErrorHandler((error: FastifyError, _request, reply) => {
      return reply.code(error.statusCode ?? 500).send(shownError(error))
    })
  }
  if (parsesForms) {
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, parse(body as string))
    })
  }
  app.get('/public', async () => ({ public: true }))
  app.all('/.well-known/jwks.json', jwksHandler(keys, jwks))
  if (metadata !== undefined)
    app.all('/.well-known/oauth-protected-resource/mcp', resourceMetadataHandler(verify, metadata))
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

async function showAuth({ auth }: FastifyRequest): Promise<string> {
  return JSON.stringify(shownAuth(auth))
}

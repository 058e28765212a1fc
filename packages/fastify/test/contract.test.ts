import { type ContractAppOptions, contractMaxHeaderSize, describeAdapter, type RunningApp } from '@bearerkit/testing'
import fastify, { type FastifyError, type FastifyRequest } from 'fastify'
import { jwksHandler, requireScopes, verifyJwt } from '../src/index.ts'

describeAdapter('Fastify 5', start)

async function start({ verify, keys, jwks, ownErrorHandler }: ContractAppOptions): Promise<RunningApp> {
  const app = fastify({ http: { maxHeaderSize: contractMaxHeaderSize }, forceCloseConnections: true })
  if (ownErrorHandler) {
    app.setErrorHandler((error: FastifyError, _request, reply) => {
      return reply.code(error.statusCode ?? 500).send({ own: true, code: error.code })
    })
  }
  app.get('/public', async () => ({ public: true }))
  app.all('/.well-known/jwks.json', jwksHandler(keys, jwks))
  app.get('/unguarded', { preHandler: requireScopes('reports:read') }, showAuth)
  app.register(async (api) => {
    await api.register(verifyJwt, verify)
    api.get('/me', showAuth)
    api.options('/me', showAuth)
    api.get('/reports', { preHandler: requireScopes('reports:read') }, showAuth)
    api.get('/ledger', { preHandler: requireScopes('ledger:read', 'ledger:write') }, showAuth)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { server: app.server, close: () => app.close() }
}

async function showAuth({ auth }: FastifyRequest): Promise<string> {
  const seen: typeof auth | undefined = auth
  return JSON.stringify(seen === undefined ? null : { claims: seen.claims, scopes: seen.scopes })
}

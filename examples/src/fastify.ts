import { LocalKeyProvider } from '@bearerkit/core'
import { jwksHandler, requireScopes, verifyJwt } from '@bearerkit/fastify'
import fastify from 'fastify'
import { announce } from './announce.ts'

const keys = new LocalKeyProvider()
await keys.createKey({ alg: 'ES256' })

const app = fastify()

app.get('/public', async () => ({ hello: 'world' }))
app.get('/.well-known/jwks.json', jwksHandler(keys))

// Every route of this scope requires a token. Issuer and audience come from BEARERKIT_ISSUER and BEARERKIT_AUDIENCE.
await app.register(async (api) => {
  // A token that is bound to a DPoP key needs a proof of that key, so a stolen one is useless. Other tokens pass as before.
  await api.register(verifyJwt, { dpop: { algorithms: ['ES256'] } })
  api.get('/me', async (request) => request.auth.claims)
  api.get('/reports', { preHandler: requireScopes('reports:read') }, async (request) => {
    return { reports: [], for: request.auth.claims.sub }
  })
})

await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: '127.0.0.1' })
announce('Fastify', app.server)

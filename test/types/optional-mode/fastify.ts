import type { AuthContext } from '@bearerkit/fastify'
import { verifyJwt } from '@bearerkit/fastify'
import fastify from 'fastify'

const options = { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }
const app = fastify()
await app.register(verifyJwt, { ...options, mode: 'optional' })
app.get('/', async (request) => {
  const auth: AuthContext | undefined = request.auth
  const tenant: string | undefined = request.auth?.claims.tenant
  // @ts-expect-error the request may be anonymous
  void request.auth.claims
  return [auth, tenant]
})
app.get('/health', { config: { auth: false } }, async () => 'fine')

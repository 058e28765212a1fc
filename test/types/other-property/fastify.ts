import { authOf, verifyJwt } from '@bearerkit/fastify'
import fastify from 'fastify'

const options = { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }
const app = fastify()
await app.register(verifyJwt, { ...options, decorateAs: 'caller' })
app.get('/', async (request) => {
  const tenant: string | undefined = request.caller.claims.tenant
  const { token }: { token?: string } = authOf(request) ?? {}
  // @ts-expect-error the auth context has another name
  void request.auth
  return [tenant, token]
})
app.get('/health', { config: { caller: false } }, async () => 'fine')

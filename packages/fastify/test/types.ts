// Compiled, never run: what user code may write without a cast, and what must not compile.
import { LocalKeyProvider } from '@bearerkit/core'
import { type AuthContext, jwksHandler, requireScopes, verifyJwt } from '@bearerkit/fastify'
import fastify from 'fastify'

const app = fastify()
const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'

await app.register(verifyJwt)
await app.register(verifyJwt, { issuer, audience, requiredClaims: ['sub'] })
app.get('/me', { preHandler: requireScopes('a', 'b') }, async (request) => {
  const auth: AuthContext = request.auth
  const subject: string | undefined = request.auth.claims.sub
  const scopes: readonly string[] = request.auth.scopes

  // @ts-expect-error there is no such member
  void request.auth.user
  // @ts-expect-error exp is a number
  const exp: string = request.auth.claims.exp
  return { auth, subject, scopes, exp }
})
app.get('/jwks', jwksHandler(new LocalKeyProvider()))

// @ts-expect-error no such option
await app.register(verifyJwt, { issuer, audience, audiance: 'x' })
// @ts-expect-error a scope is a string
requireScopes(['a'])

// Compiled but never run: code that users may write without a cast, and code that must not compile.
import { type AccessTokenClaims, LocalKeyProvider, type StandardSchema } from '@bearerkit/core'
import { type AuthContext, authOf, jwksHandler, protect, requireScopes, verifyJwt } from '@bearerkit/fetch'
import * as onHono from '@bearerkit/fetch/hono'
import { Hono } from 'hono'

declare module '@bearerkit/core' {
  interface Register {
    claims: AccessTokenClaims & { tenant?: string }
  }
}

const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'
const authenticate = verifyJwt({ issuer, audience, maxTokenAge: '1h' })

const api: (request: Request) => Promise<Response> = protect(authenticate, (request) => {
  const auth: AuthContext = request.auth
  const tenant: string | undefined = request.auth.claims.tenant
  // @ts-expect-error not a member of the claims
  void request.auth.claims.tenent
  return Response.json([auth, tenant, authOf(request)?.scopes])
})
void api(new Request(audience))

// A host with more arguments, such as Next.js.
interface RouteContext {
  params: Promise<{ id: string }>
}
type RouteHandler = (request: Request, context: RouteContext) => Promise<Response> | Response
export const GET: RouteHandler = protect(
  [authenticate, requireScopes('a')],
  async (request, { params }: RouteContext) => Response.json([request.auth.claims.sub, (await params).id]),
)
export const jwks: RouteHandler = jwksHandler(new LocalKeyProvider())

declare const schema: StandardSchema<{ user: string }>
const typed = verifyJwt({ issuer, audience, claims: schema })
protect(typed, (request) => new Response(typed.authOf(request)?.claims.user))

const app = new Hono()
app.use(onHono.verifyJwt({ issuer, audience, property: 'auth' }))
app.get('/me', onHono.requireScopes('a'), (c) => {
  const auth: AuthContext = c.get('auth')
  const tenant: string | undefined = c.var.auth.claims.tenant
  return c.json([auth.scopes, tenant, onHono.authOf(c)?.claims.sub])
})
app.all('/jwks', onHono.jwksHandler(new LocalKeyProvider()))

// @ts-expect-error a handler returns a response
protect(authenticate, () => 'text')
// @ts-expect-error an unknown option
verifyJwt({ issuer, audiance: 'x' })

// Compiled but never run: code that users may write without a cast, and code that must not compile.
import { type AccessTokenClaims, LocalKeyProvider, type StandardSchema } from '@bearerkit/core'
import {
  type AuthContext,
  claim,
  formBody,
  jwksHandler,
  requireAnyScope,
  requireAuthentication,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  verifyJwt,
} from '@bearerkit/fastify'
import fastify from 'fastify'

declare module '@bearerkit/core' {
  interface Register {
    claims: AccessTokenClaims & { tenant?: string }
  }
}

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

// Claims that are registered are typed in every handler and predicate.
app.get(
  '/tenant',
  { preHandler: [requireAnyScope('a'), requireClaims(({ tenant }) => tenant === 'acme')] },
  async (request) => {
    const tenant: string | undefined = request.auth.claims.tenant
    // @ts-expect-error the tenant is a string
    const wrong: number | undefined = request.auth.claims.tenant
    return [tenant, wrong]
  },
)

app.addHook('preHandler', requireClaims(claim(['realm_access', 'roles'], 'admin')))
// @ts-expect-error the variable may be unset
requireClaims({ tenant: process.env['TENANT'] })

// Guards fit routes with custom types.
app.get<{ Params: { id: string } }>(
  '/reports/:id',
  { preHandler: requireAuthentication({ maxAge: '5m' }), config: { auth: false } },
  async ({ params, auth }) => [params.id, auth.claims.sub],
)
app.post<{ Body: { name: string } }>('/reports', { preHandler: requireScopes('a') }, async ({ body }) => body.name)

declare const schema: StandardSchema<{ user: string }>
await app.register(verifyJwt, { issuer, audience, claims: schema, decorateAs: 'caller', hook: 'preHandler' })
await app.register(verifyJwt, { issuer, audience, hook: 'preValidation', tokenSource: formBody() })
app.get('/metadata', resourceMetadataHandler({ issuer, audience, decorateAs: 'caller' }, { scopesSupported: ['a'] }))

// @ts-expect-error this hook would protect nothing
await app.register(verifyJwt, { issuer, audience, hook: 'onResponse' })
// @ts-expect-error a route opts out with false
app.get('/health', { config: { auth: 'none' } }, async () => 'fine')
// @ts-expect-error an option of one issuer is spelled wrong
await app.register(verifyJwt, { audience, issuers: [{ issuer, audiance: 'x' }] })

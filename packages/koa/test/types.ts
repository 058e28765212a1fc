// Compiled but never run: code that users may write without a cast, and code that must not compile.
import { type AccessTokenClaims, LocalKeyProvider, type StandardSchema } from '@bearerkit/core'
import {
  type AuthContext,
  claim,
  cookie,
  jwksHandler,
  requireAuthentication,
  requireClaims,
  requireScopes,
  resourceMetadataHandler,
  verifyJwt,
} from '@bearerkit/koa'
import Router from '@koa/router'
import Koa from 'koa'

declare module '@bearerkit/core' {
  interface Register {
    claims: AccessTokenClaims & { tenant?: string }
  }
}

const app = new Koa()
const router = new Router()
const issuer = 'https://issuer.example.com'
const audience = 'https://api.example.com'

app.use(verifyJwt())
app.use(verifyJwt({ issuer, audience, maxTokenAge: '1h' }))
app.use(requireScopes('a', 'b'))
app.use(jwksHandler(new LocalKeyProvider(), { path: '/.well-known/jwks.json' }))
app.use((ctx) => {
  const auth: AuthContext = ctx.state.auth
  const subject: string | undefined = ctx.state.auth.claims.sub
  const scopes: readonly string[] = ctx.state.auth.scopes
  ctx.body = { auth, subject, scopes }

  // @ts-expect-error there is no such member
  void ctx.state.auth.user
  // @ts-expect-error exp is a number
  const exp: string = ctx.state.auth.claims.exp
  void exp
})
router.get('/reports', requireScopes('reports:read'), (ctx) => {
  const subject: string | undefined = ctx.state.auth.claims.sub
  ctx.body = subject
})
router.get('/jwks', jwksHandler(new LocalKeyProvider()))

// @ts-expect-error no such option
verifyJwt({ issuer, audience, audiance: 'x' })
// @ts-expect-error a scope is a string
requireScopes(['a'])
// @ts-expect-error no such option
jwksHandler(new LocalKeyProvider(), { route: '/x' })

// Claims that are registered are typed in every handler and predicate.
app.use((ctx) => {
  const tenant: string | undefined = ctx.state.auth.claims.tenant
  // @ts-expect-error the tenant is a string
  const wrong: number | undefined = ctx.state.auth.claims.tenant
  ctx.body = [tenant, wrong]
})
app.use(requireClaims(({ tenant }) => tenant === 'acme'))
app.use(requireClaims(claim(['realm_access', 'roles'], 'admin')))
// @ts-expect-error the variable may be unset
requireClaims({ tenant: process.env['TENANT'] })
router.get('/payments', requireAuthentication({ acrValues: ['gold'], maxAge: '5m' }), (ctx) => {
  ctx.body = ctx.state.auth.claims.tenant
})

// A schema types the claims without a registration.
declare const schema: StandardSchema<{ user: string; level: number }>
const verify = verifyJwt({ issuer, audience, claims: schema, property: 'caller', tokenSource: cookie('session') })
app.use(verify)
app.use((ctx) => {
  const level: number | undefined = verify.authOf(ctx)?.claims.level
  // @ts-expect-error the schema drops everything else
  const subject: unknown = verify.authOf(ctx)?.claims.sub
  ctx.body = [level, subject]
})
router.get('/level', verify, (ctx) => {
  ctx.body = verify.authOf(ctx)?.claims.level
})
resourceMetadataHandler({ issuer, audience, property: 'caller' }, { path: '/metadata', scopesSupported: ['a'] })

// @ts-expect-error an option of one issuer is spelled wrong
verifyJwt({ audience, issuers: [{ issuer, audiance: 'x' }] })
// @ts-expect-error not a schema
verifyJwt({ issuer, audience, claims: { parse: () => true } })

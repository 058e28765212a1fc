// Compiled, never run: what user code may write without a cast, and what must not compile.
import { LocalKeyProvider } from '@bearerkit/core'
import { type AuthContext, jwksHandler, requireScopes, verifyJwt } from '@bearerkit/koa'
import Router from '@koa/router'
import Koa from 'koa'

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

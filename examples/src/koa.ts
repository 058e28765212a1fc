import { LocalKeyProvider } from '@bearerkit/core'
import { jwksHandler, requireScopes, verifyJwt } from '@bearerkit/koa'
import Router from '@koa/router'
import Koa from 'koa'
import { announce } from './announce.ts'

const keys = new LocalKeyProvider()
await keys.createKey({ alg: 'ES256' })

const open = new Router()
open.get('/public', (ctx) => {
  ctx.body = { hello: 'world' }
})
open.get('/.well-known/jwks.json', jwksHandler(keys))

const guarded = new Router()
guarded.get('/me', (ctx) => {
  ctx.body = ctx.state.auth.claims
})
guarded.get('/reports', requireScopes('reports:read'), (ctx) => {
  ctx.body = { reports: [], for: ctx.state.auth.claims.sub }
})

const app = new Koa()
app.use(open.routes())
// All routes below require a token. Issuer and audience come from BEARERKIT_ISSUER and BEARERKIT_AUDIENCE.
// A token that is bound to a DPoP key needs a proof of that key, so a stolen one is useless. Other tokens pass as before.
app.use(verifyJwt({ dpop: { algorithms: ['ES256'] } }))
app.use(guarded.routes())

const server = app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => announce('Koa', server))

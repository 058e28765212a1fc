import type { AuthContext } from '@bearerkit/koa'
import { verifyJwt } from '@bearerkit/koa'
import Koa from 'koa'

const options = { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }
const app = new Koa()
app.use(verifyJwt({ ...options, mode: 'optional' }))
app.use((ctx) => {
  const auth: AuthContext | undefined = ctx.state.auth
  const tenant: string | undefined = ctx.state.auth?.claims.tenant
  // @ts-expect-error the request may be anonymous
  void ctx.state.auth.claims
  ctx.body = [auth, tenant]
})

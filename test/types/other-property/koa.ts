import { authOf, verifyJwt } from '@bearerkit/koa'
import Koa from 'koa'

const options = { issuer: 'https://issuer.example.com', audience: 'https://api.example.com' }
const app = new Koa()
app.use(verifyJwt({ ...options, property: 'caller' }))
app.use((ctx) => {
  const tenant: string | undefined = ctx.state.caller.claims.tenant
  const { token }: { token?: string } = authOf(ctx) ?? {}
  // @ts-expect-error there is no such member
  void ctx.state.caller.user
  ctx.body = [tenant, token]
})

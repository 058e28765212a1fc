import type { Middleware } from 'koa'
import { bearerToken } from './bearer-token.ts'
import type { App } from './frameworks.ts'
import { ours, type Subject, withoutAuthentication } from './subject.ts'
import { type Verify, verifiers } from './verifiers.ts'

const own: readonly Subject<Middleware | undefined>[] = [
  { name: withoutAuthentication, role: 'none', protection: async () => undefined },
  {
    name: ours,
    role: 'ours',
    protection: async ({ issuer, audience, jwksUrl }) => {
      const { verifyJwt } = await import('@bearerkit/koa')
      return verifyJwt({ issuer, audience, jwksUrl })
    },
  },
  {
    name: 'koa-jwt with jwks-rsa',
    role: 'peer',
    protection: async ({ issuer, audience, jwksUrl, alg }) => {
      const { default: koaJwt } = await import('koa-jwt')
      const { default: jwksRsa } = await import('jwks-rsa')
      const secret = jwksRsa.koaJwtSecret({ jwksUri: jwksUrl, cache: true })
      return koaJwt({ secret, issuer, audience, algorithms: [alg] })
    },
  },
]

/** Every measured way to protect a Koa server. */
export const subjects: readonly Subject<Middleware | undefined>[] = [
  ...own,
  ...verifiers.map(
    (subject) =>
      ({
        ...subject,
        protection: async (setup) => middlewareOf(await subject.protection(setup)),
      }) satisfies Subject<Middleware>,
  ),
]

function middlewareOf(verify: Verify): Middleware {
  return async (ctx, next) => {
    try {
      ctx.state['verified'] = await verify(bearerToken(ctx.req))
    } catch {
      return ctx.throw(401)
    }
    return next()
  }
}

export async function appWith(protection: Middleware | undefined): Promise<App> {
  const { default: Koa } = await import('koa')
  const app = new Koa()
  app.silent = true
  if (protection !== undefined) app.use(protection)
  app.use((ctx) => {
    ctx.body = { hello: 'world' }
  })
  return { listen: (listening) => app.listen(0, '127.0.0.1', listening) }
}

import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import Router from '@koa/router'
import { isRefusal, type AuthContext, type VerifierOptions } from '@bearerkit/core'
import { requireScopes as expressScopes, verifyJwt as expressVerify } from '@bearerkit/express'
import { requireScopes as fastifyScopes, verifyJwt as fastifyVerify } from '@bearerkit/fastify'
import { requireScopes as koaScopes, verifyJwt as koaVerify } from '@bearerkit/koa'
import express, { type ErrorRequestHandler } from 'express'
import fastify, { type FastifyError } from 'fastify'
import Koa from 'koa'
import { type FrameworkName, paths, scope } from '../deployment.ts'

/** What an answer says: whose token passed, or why it was refused. */
export interface Shown {
  readonly jti?: unknown
  readonly scheme?: string
  readonly reason?: string
}

/** Starts a protected app on a free port of the loopback interface. Resolves with the port. */
export const apps: Readonly<Record<FrameworkName, (options: VerifierOptions) => Promise<number>>> = {
  async express(options) {
    const app = express()
    app.use(expressVerify(options))
    app.get(paths.open, (req, res) => void res.json(passed(req.auth)))
    app.get(paths.guarded, expressScopes(scope), (req, res) => void res.json(passed(req.auth)))
    const refuse: ErrorRequestHandler = (error, _req, res, _next) => {
      const { status, headers, shown } = refused(error)
      res.status(status).set(headers).json(shown)
    }
    app.use(refuse)
    return listening((ready) => app.listen(0, '127.0.0.1', ready))
  },
  async koa(options) {
    const routes = new Router()
    routes.get(paths.open, (ctx) => {
      ctx.body = passed(ctx.state.auth)
    })
    routes.get(paths.guarded, koaScopes(scope), (ctx) => {
      ctx.body = passed(ctx.state.auth)
    })
    const app = new Koa()
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        const { status, headers, shown } = refused(error)
        ctx.status = status
        ctx.set(headers)
        ctx.body = shown
      }
    })
    app.use(koaVerify(options)).use(routes.routes())
    return listening((ready) => app.listen(0, '127.0.0.1', ready))
  },
  async fastify(options) {
    const app = fastify()
    app.setErrorHandler((error: FastifyError, _request, reply) => {
      const { status, headers, shown } = refused(error)
      return reply.code(status).headers(headers).send(shown)
    })
    await app.register(async (api) => {
      await api.register(fastifyVerify, options)
      api.get(paths.open, async ({ auth }) => passed(auth))
      api.get(paths.guarded, { preHandler: fastifyScopes(scope) }, async ({ auth }) => passed(auth))
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return portOf(app.server)
  },
}

async function listening(listen: (ready: () => void) => Server): Promise<number> {
  return new Promise((resolve) => {
    const server = listen(() => resolve(portOf(server)))
  })
}

function portOf(server: Server): number {
  // A connection that the client is about to use must not be closed because it was idle.
  server.keepAliveTimeout = 10 * 60_000
  return (server.address() as AddressInfo).port
}

function passed({ scheme, claims }: AuthContext): Shown {
  return { scheme, jti: claims['jti'] }
}

interface Refused {
  readonly status: number
  readonly headers: Record<string, string | string[]>
  readonly shown: Shown
}

/** Shows the exact reason, which an application must not do. */
function refused(error: unknown): Refused {
  if (!isRefusal(error)) return { status: 500, headers: {}, shown: { reason: String(error) } }
  const { status, headers, reason = 'none' } = error
  return { status, headers: { ...headers }, shown: { reason } }
}

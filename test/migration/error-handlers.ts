import type { ErrorRequestHandler } from 'express'
import type { FastifyInstance } from 'fastify'
import type { Middleware } from 'koa'

/** Recognizes certain errors, as an application's error handler does. Those are answered with 418. */
type IsMeant = (
  error: Error & { readonly code?: unknown; readonly reason?: unknown; readonly originalError?: unknown },
) => boolean

export function teapotInExpress(isMeant: IsMeant): ErrorRequestHandler {
  return (error: Error, _req, res, next) => (isMeant(error) ? void res.status(418).end() : next(error))
}

export function teapotInKoa(isMeant: IsMeant): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      if (!isMeant(error as Error)) throw error
      ctx.status = 418
    }
  }
}

export function teapotInFastify(isMeant: IsMeant): (app: FastifyInstance) => void {
  return (app) => {
    app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) =>
      reply.code(isMeant(error) ? 418 : (error.statusCode ?? 500)).send(),
    )
  }
}

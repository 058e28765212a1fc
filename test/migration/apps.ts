import type { RequestListener } from 'node:http'
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import Koa, { type Context, type Middleware } from 'koa'
import type { App } from './step.ts'

type ExpressHandler = RequestHandler | ErrorRequestHandler

/** An Express app with the handlers. After them it answers who is calling. */
export function onExpress(caller: (req: Request) => unknown, ...handlers: readonly ExpressHandler[]): App {
  const app = express().set('env', 'test')
  for (const handler of handlers.filter((one) => one.length < 4)) app.use(handler as RequestHandler)
  app.use((req, res) => void res.json(caller(req) ?? null))
  for (const handler of handlers.filter((one) => one.length === 4)) app.use(handler)
  return { handle: app as RequestListener }
}

/** A Koa app with the middleware. After it, it answers who is calling. */
export function onKoa(caller: (ctx: Context) => unknown, ...middleware: readonly Middleware[]): App {
  const app = new Koa()
  app.silent = true
  for (const one of middleware) app.use(one)
  app.use((ctx) => {
    ctx.type = 'json'
    ctx.body = JSON.stringify(caller(ctx) ?? null)
  })
  const handle = app.callback()
  return { handle: (request, response) => void handle(request, response) }
}

/** A Fastify app that is set up first, with a route that answers who is calling. */
export async function onFastify(
  caller: (request: FastifyRequest) => unknown,
  setUp: (app: FastifyInstance) => unknown,
  route: object | ((app: FastifyInstance) => object) = {},
): Promise<App> {
  const app = fastify()
  await setUp(app)
  app.after(() => {
    app.route({
      method: ['GET', 'POST'],
      url: '*',
      ...(typeof route === 'function' ? (route(app) as object) : route),
      handler: async (request) => JSON.stringify(caller(request) ?? null),
    })
  })
  await app.ready()
  return { handle: (request, response) => app.routing(request, response), close: () => app.close() }
}

import type { RequestListener } from 'node:http'
import type { VerifierOptions } from '@bearerkit/core'
import * as onExpress from '@bearerkit/express'
import * as onFastify from '@bearerkit/fastify'
import * as onKoa from '@bearerkit/koa'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'

/** Apps that show the proof of the caller at every path. */
export const apps: Readonly<Record<string, (options: VerifierOptions) => Promise<RequestListener>>> = {
  express: async (options) => {
    const app = express()
    app.use(onExpress.verifyJwt(options))
    app.use((req, res) => void res.json(req.auth.proof))
    return app as RequestListener
  },
  koa: async (options) => {
    const app = new Koa()
    app.use(onKoa.verifyJwt(options)).use((ctx) => void (ctx.body = ctx.state.auth.proof))
    const handle = app.callback()
    return (request, response) => void handle(request, response)
  },
  fastify: async (options) => {
    const app = fastify()
    await app.register(onFastify.verifyJwt, options)
    app.get('/', async (request) => request.auth.proof)
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}

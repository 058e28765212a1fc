import type { RequestListener } from 'node:http'
import type { VerifierOptions } from '@bearerkit/core'
import * as onExpress from '@bearerkit/express'
import * as onFastify from '@bearerkit/fastify'
import * as onKoa from '@bearerkit/koa'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import Koa from 'koa'
import Koa2 from 'koa2'

const mount = '/v1'

type StartApp = (options: VerifierOptions) => Promise<RequestListener>

/** Apps that are mounted at `/v1`, so that they see another path than the client, and show the proof of the caller. */
export const mountedApps: Readonly<Record<string, StartApp>> = {
  'Express 5': onExpressOf(express),
  'Express 4': onExpressOf(express4),
  'Koa 3': onKoaOf(Koa),
  'Koa 2': onKoaOf(Koa2),
  Fastify: async (options) => {
    const app = fastify({ rewriteUrl: ({ url = '' }) => url.replace(mount, '') })
    await app.register(onFastify.verifyJwt, options)
    app.get('/me', async (request) => request.auth.proof)
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
}

function onExpressOf(framework: typeof express): StartApp {
  return async (options) => {
    const mounted = framework()
    mounted.use(onExpress.verifyJwt(options)).get('/me', (req, res) => void res.json(req.auth.proof))
    return framework().use(mount, mounted) as RequestListener
  }
}

function onKoaOf(Framework: typeof Koa): StartApp {
  return async (options) => {
    const app = new Framework()
    app.use((ctx, next) => {
      ctx.path = ctx.path.replace(mount, '')
      return next()
    })
    app.use(onKoa.verifyJwt(options)).use((ctx) => void (ctx.body = ctx.state.auth.proof))
    const handle = app.callback()
    return (request, response) => void handle(request, response)
  }
}

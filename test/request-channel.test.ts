import { tracingChannel } from 'node:diagnostics_channel'
import { createServer, type RequestListener } from 'node:http'
import { requestChannel, type RequestTrace, type VerifierOptions } from '@bearerkit/core'
import * as onExpress from '@bearerkit/express'
import * as onFastify from '@bearerkit/fastify'
import * as onFetch from '@bearerkit/fetch'
import * as onHono from '@bearerkit/fetch/hono'
import * as onKoa from '@bearerkit/koa'
import * as onNest from '@bearerkit/nestjs'
import * as onNode from '@bearerkit/node'
import { createTestIssuer, type TestIssuer } from '@bearerkit/testing'
import { getRequestListener } from '@hono/node-server'
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import supertest from 'supertest'

/** A listener for Node's server in each framework, behind `verifyJwt` and a guard. */
const apps: Readonly<Record<string, (options: VerifierOptions) => Promise<RequestListener>>> = {
  express: async (options) => {
    const app = express().set('env', 'test')
    app.use(onExpress.verifyJwt(options), onExpress.requireScopes('a'), (_req, res) => void res.json({}))
    return app as RequestListener
  },
  koa: async (options) => {
    const app = new Koa().use(onKoa.verifyJwt(options)).use(onKoa.requireScopes('a'))
    app.silent = true
    const handle = app.use((ctx) => void (ctx.body = {})).callback()
    return (request, response) => void handle(request, response)
  },
  fastify: async (options) => {
    const app = fastify()
    await app.register(onFastify.verifyJwt, options)
    app.get('/', { preHandler: onFastify.requireScopes('a') }, async () => ({}))
    await app.ready()
    return (request, response) => app.routing(request, response)
  },
  node: async (options) => {
    return onNode.protect([onNode.verifyJwt(options), onNode.requireScopes('a')], (_req, res) => res.end())
  },
  fetch: async (options) => {
    const steps = [onFetch.verifyJwt(options), onFetch.requireScopes('a')]
    const listener = getRequestListener(onFetch.protect(steps, () => new Response()))
    return (request, response) => void listener(request, response)
  },
  hono: async (options) => {
    const app = new Hono().use(onHono.verifyJwt(options), onHono.requireScopes('a')).get('/', (c) => c.text(''))
    const listener = getRequestListener(app.fetch)
    return (request, response) => void listener(request, response)
  },
  nestjs: async (options) => {
    const guards = [onNest.verifyJwt(options), onNest.requireScopes('a')]
    const answer: (...exchange: Parameters<RequestListener>) => Promise<void> = async (request, response) => {
      const context = new ExecutionContextHost([request, response], Object, () => undefined)
      try {
        for (const guard of guards) await guard.canActivate(context)
        response.end()
      } catch (error) {
        response.writeHead((error as onNest.RequestRefusedException).getStatus()).end()
      }
    }
    return (request, response) => void answer(request, response)
  },
}

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await createTestIssuer()
})
afterAll(() => issuer.close())

test.each(Object.entries(apps))('the channel of requests tells what happens in %s', async (framework, start) => {
  const server = createServer(await start({ issuer: issuer.issuer, audience: issuer.audience }))
  const told: unknown[] = []
  const note = ({ outcome, step, code, framework: name }: RequestTrace): void => {
    if (outcome !== undefined) told.push([name, step, outcome, code])
  }
  const nothing = (): void => undefined
  const listeners = { start: nothing, end: note, asyncStart: nothing, asyncEnd: note, error: nothing }
  const channel = tracingChannel<unknown, RequestTrace>(requestChannel)
  channel.subscribe(listeners)
  try {
    const requests: readonly (readonly [token: string | undefined, status: number])[] = [
      [await issuer.issue({ scope: 'a' }), 200],
      [await issuer.issue(), 403],
      [await issuer.forged.expired(), 401],
      [undefined, 401],
    ]
    for (const [token, status] of requests) {
      const asked = supertest(server).get('/')
      if (token !== undefined) void asked.auth(token, { type: 'bearer' })
      expect((await asked).status).toBe(status)
    }
  } finally {
    channel.unsubscribe(listeners)
  }
  expect(told).toEqual([
    [framework, 'authentication', 'passed', undefined],
    [framework, 'guard', 'passed', undefined],
    [framework, 'authentication', 'passed', undefined],
    [framework, 'guard', 'refused', 'scope_insufficient'],
    [framework, 'authentication', 'refused', 'token_expired'],
    [framework, 'authentication', 'refused', 'credentials_missing'],
  ])
})

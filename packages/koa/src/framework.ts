import * as core from '@bearerkit/core'
import type { Context, Middleware } from 'koa'

export interface VerifyJwtOptions<Claims = core.RegisteredClaims> extends core.VerifierOptions<Claims> {
  /** The `ctx.state` property for the auth context. Default `'auth'`. In TypeScript, register it: see `Register`. */
  property?: string | undefined
}

/** Sets a handler's path in an application without a router. */
export interface PathOption {
  /** Answers only on this path and calls `next` on all others. Default: answers on every path it is mounted on. */
  path?: string | undefined
}

/** The types of core's functions as Koa middleware. */
export type Members = core.Suite<VerifyJwtOptions<unknown>, Middleware, Middleware, PathOption>

export const framework: core.Framework<{ readonly property: string }, Middleware, Middleware, PathOption> = {
  name: 'koa',
  ownOptions: { property: core.defaulting(core.text, 'auth') },
  handlerOptions: { path: core.optional(core.text) },
  running: (step) => middlewareFor(step),
  answering:
    (respond, { path }) =>
    async (ctx, next) => {
      if (path !== undefined && ctx.path !== path) return next()
      await answerWith(ctx, await respond(ctx.req, (ctx.request as { body?: unknown }).body))
    },
}

/**
 * Returns middleware whose promise settles with the outcome, as Koa expects. If nothing has to be awaited, `next` is
 * called synchronously. `next` may return something other than a promise, as in unit tests and hand-written routers.
 *
 * @param property the property of `ctx.state` that gets the auth context
 */
export function middlewareFor(step: core.Step, property?: string): Middleware {
  return (ctx, next) => {
    let outcome: Promise<unknown> | undefined
    // The step may call the continuation now or later. In the second case the promise below replaces `settle`.
    let settle = (settled: Promise<unknown>): void => void (outcome = settled)
    const pass = async (auth: core.AuthContext | undefined, headers?: core.HeaderValues): Promise<unknown> => {
      if (headers !== undefined) core.setPassingHeaders(ctx.res, headers)
      if (property !== undefined) ctx.state[property] = auth
      return next()
    }
    const refuse = async (error: Error): Promise<never> => {
      core.setRefusalHeaders(ctx.res, error)
      throw error
    }
    const continuation = {
      pass: (auth: core.AuthContext | undefined, headers?: core.HeaderValues) => settle(pass(auth, headers)),
      refuse: (error: Error) => settle(refuse(error)),
      answer: (response: core.HttpResponse) => settle(answerWith(ctx, response)),
    }
    step(requestOf(ctx), continuation, (ctx.request as { body?: unknown }).body)
    return outcome ?? new Promise((resolve) => (settle = resolve))
  }
}

/**
 * Returns Node's request. Koa keeps the URL that the client sent only on `ctx`; Connect and Fastify also keep it on Node's
 * request, where core looks for it.
 */
function requestOf({ req, originalUrl }: Context & { req: { originalUrl?: string } }): Context['req'] {
  if (req.url !== originalUrl) req.originalUrl ??= originalUrl
  return req
}

/** Sets the answer on `ctx` like a handler, so that upstream middleware sees an ordinary answer. */
async function answerWith(ctx: Context, { status, headers, body }: core.HttpResponse): Promise<void> {
  if (ctx.headerSent) return
  ctx.status = status
  ctx.body = body
  // After the body: Koa derives type and length from it, and these headers replace them.
  core.setHeaders(ctx.res, headers)
}

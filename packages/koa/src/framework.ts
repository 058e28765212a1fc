import type { AuthContext, HttpResponse, RegisteredClaims, Step, VerifierOptions } from '@bearerkit/core'
import { createSuite, defaulting, optional, setHeaders, setRefusalHeaders, type Suite, text } from '@bearerkit/core'
import type { Context, Middleware } from 'koa'

export interface VerifyJwtOptions<Claims = RegisteredClaims> extends VerifierOptions<Claims> {
  /** The property of `ctx.state` that gets the auth context. Default `'auth'`. In TypeScript, register it: see `Register`. */
  property?: string | undefined
}

/** Where a handler answers, when no router says so. */
export interface PathOption {
  /** Answers on this path alone and passes on all others. Default: wherever a router puts the handler. */
  path?: string | undefined
}

type KoaSuite = Suite<VerifyJwtOptions<unknown>, { readonly property: string }, Middleware, Middleware, PathOption>

/** What core offers, in the idiom of Koa. */
export const suite: KoaSuite = createSuite({
  ownOptions: { property: defaulting(text, 'auth') },
  handlerOptions: { path: optional(text) },
  running: (step) => middlewareFor(step),
  answering:
    (respond, { path }) =>
    async (ctx, next) => {
      if (path !== undefined && ctx.path !== path) return next()
      answerWith(ctx, await respond(ctx.req))
    },
})

/**
 * Koa awaits a promise of the outcome. A request that need not wait goes on before this returns. `next` may return no
 * promise: unit tests and hand-written routers have such.
 *
 * @param property of `ctx.state`, which gets the auth context
 */
export function middlewareFor(step: Step, property?: string): Middleware {
  return (ctx, next) => {
    let outcome: Promise<unknown> | undefined
    let settle = (settled: Promise<unknown>): void => void (outcome = settled)
    const pass = async (auth: AuthContext | undefined): Promise<unknown> => {
      if (property !== undefined) ctx.state[property] = auth
      return next()
    }
    const refuse = async (error: Error): Promise<never> => {
      setRefusalHeaders(ctx.res, error)
      throw error
    }
    const answer = async (response: HttpResponse): Promise<void> => answerWith(ctx, response)
    const continuation = {
      pass: (auth: AuthContext | undefined) => settle(pass(auth)),
      refuse: (error: Error) => settle(refuse(error)),
      answer: (response: HttpResponse) => settle(answer(response)),
    }
    step(ctx.req, continuation, (ctx.request as { body?: unknown }).body)
    return outcome ?? new Promise((resolve) => (settle = resolve))
  }
}

/** Answers as a handler does, so that middleware upstream sees an ordinary answer. */
function answerWith(ctx: Context, { status, headers, body }: HttpResponse): void {
  if (ctx.headerSent) return
  ctx.status = status
  ctx.body = body
  // After the body: Koa derives a type and a length from it, and these are the right ones.
  setHeaders(ctx.res, headers)
}

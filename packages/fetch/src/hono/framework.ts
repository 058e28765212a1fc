import * as core from '@bearerkit/core'
import type { Context, Handler, MiddlewareHandler, Next } from 'hono'
import { bodyIn, formIn, withBodyStream } from '../form.ts'
import { type Connection, httpRequestOf } from '../http-request.ts'
import { responseOf, withHeaders } from '../http-response.ts'

export interface VerifyJwtOptions<Claims = core.RegisteredClaims> extends core.VerifierOptions<Claims> {
  /** The variable for the auth context: `c.get('auth')`. Default `'auth'`. In TypeScript, register it: see `Register`. */
  property?: string | undefined
}

/** The types of core's functions as Hono middleware and handlers. */
export type Members = core.Suite<VerifyJwtOptions<unknown>, MiddlewareHandler, Handler>

export const framework: core.Framework<{ readonly property: string }, MiddlewareHandler, Handler> = {
  name: 'hono',
  ownOptions: { property: core.defaulting(core.text, 'auth') },
  running: (step) => middlewareFor(step),
  answering: (respond) => async (c) => responseOf(await respond(withBodyStream(c.req.raw), bodyIn(c.req.raw))),
}

/** @param property the variable that gets the auth context */
export function middlewareFor(step: core.Step, property?: string): MiddlewareHandler {
  return (c, next) =>
    new Promise((resolve, reject) => {
      const pass = (auth: core.AuthContext | undefined, headers?: core.HeaderValues): void => {
        if (property !== undefined) c.set(property, auth)
        resolve(passed(c, next, headers))
      }
      const refuse = (error: Error): void => {
        core.setRefusalHeaders(nodeResponseOf(c), error)
        reject(answerable(error))
      }
      const answer = (response: core.HttpResponse): void => resolve(answered(c, response))
      step(requestOf(c), { pass, refuse, answer }, formIn(c.req.raw))
    })
}

/** The Node server of Hono passes Node's request in `env`. */
export function requestOf({ req, env }: Context): core.HttpRequest {
  return httpRequestOf(req.raw, req, (env as { incoming?: Connection } | undefined)?.incoming)
}

async function passed(c: Context, next: Next, headers?: core.HeaderValues): Promise<void> {
  await next()
  if (headers !== undefined) c.res = withHeaders(c.res, headers)
}

/** Hono keeps headers that were set earlier only for responses that its context creates. */
function answered(c: Context, { status, headers, body }: core.HttpResponse): Response {
  core.setHeaders(nodeResponseOf(c), { ...headers, 'Content-Length': String(new TextEncoder().encode(body).length) })
  return c.newResponse(body, status as 401)
}

/** Hono's default error handler, and many others, send the response that an error brings along. */
function answerable(error: Error): Error {
  if (!core.isRefusal(error)) return error
  return Object.defineProperty(error, 'getResponse', { value: () => responseOf(error.toResponse()) })
}

function nodeResponseOf(c: Context): core.NodeResponse {
  return {
    getHeader: (name) => c.res.headers.get(name) ?? undefined,
    setHeader: (name, value) => [value].flat().forEach((line, index) => c.header(name, line, { append: index > 0 })),
  }
}

import * as core from '@bearerkit/core'
import { bodyIn, formIn, withBodyStream } from './form.ts'
import { httpRequestOf } from './http-request.ts'
import { responseOf, withHeaders } from './http-response.ts'

export interface VerifyJwtOptions<Claims = core.RegisteredClaims> extends core.VerifierOptions<Claims> {
  /** The request property for the auth context. Default `'auth'`. In TypeScript, register the name: see `Register`. */
  property?: string | undefined
}

/**
 * Middleware. Without a router that runs it, pass it to `protect`. The promise rejects with the error of a refused request.
 *
 * @param next continues with the next step, or with the handler
 */
export type Middleware = (request: Request, next: () => Promise<Response>) => Promise<Response>

/** A handler of requests. Hosts may pass more arguments. */
export type Handler = (request: Request) => Promise<Response>

/** The types of core's functions for `Request` and `Response`. */
export type Members = core.Suite<VerifyJwtOptions<unknown>, Middleware, Handler>

export const framework: core.Framework<{ readonly property: string }, Middleware, Handler> = {
  name: 'fetch',
  ownOptions: { property: core.defaulting(core.text, 'auth') },
  running: (step) => middlewareFor(step),
  answering: (respond) => async (request) => responseOf(await respond(withBodyStream(request), bodyIn(request))),
}

/** @param property the property of the request that gets the auth context */
export function middlewareFor(step: core.Step, property?: string): Middleware {
  return (request, next) =>
    new Promise((resolve, reject) => {
      const pass = (auth: core.AuthContext | undefined, headers?: core.HeaderValues): void => {
        if (property !== undefined) Object.assign(request, { [property]: auth })
        resolve(passed(next, headers))
      }
      const answer = (response: core.HttpResponse): void => resolve(responseOf(response))
      step(httpRequestOf(request), { pass, refuse: reject, answer }, formIn(request))
    })
}

async function passed(next: () => Promise<Response>, headers?: core.HeaderValues): Promise<Response> {
  const response = await next()
  return headers === undefined ? response : withHeaders(response, headers)
}

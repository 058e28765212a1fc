import type { HttpRequest } from '../../http-message.ts'
import type { Responder, Step } from '../framework.ts'
import { continueAfter } from './continuation.ts'
import { NextContinuation } from './next-continuation.ts'
import { type NodeResponse, sendAnswer } from './node-response.ts'

/** Node's request, with the body if a parser has read it. */
export interface ConnectRequest extends HttpRequest {
  readonly body?: unknown
}

/** Middleware as Connect introduced it, for everything that serves Node's requests. */
export type ConnectMiddleware = (
  req: ConnectRequest,
  res: NodeResponse | undefined,
  next: (error?: unknown) => void,
) => void

/**
 * Creates middleware that runs a step. An error goes to `next`.
 *
 * @param property the property of the request that gets the auth context. Undefined for none.
 */
export function connectMiddleware(step: Step, property?: string): ConnectMiddleware {
  return (req, res, next) => step(req, new NextContinuation(res, next, req, property), req.body)
}

/** Creates a route handler that sends the answer. An error goes to `next`. */
export function connectHandler(respond: Responder): ConnectMiddleware {
  return (req, res, next) => {
    const continuation = new NextContinuation(res, next, req)
    continueAfter(respond(req, req.body), continuation, (answer) => sendAnswer(res ?? {}, answer), next)
  }
}

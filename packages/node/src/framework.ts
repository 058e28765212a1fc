import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import * as core from '@bearerkit/core'
import { answerError } from './answer-error.ts'

/** A request of `node:http`, `node:https`, or of the compatibility API of `node:http2`. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

export interface VerifyJwtOptions<Claims = core.RegisteredClaims> extends core.VerifierOptions<Claims> {
  /** The request property for the auth context. Default `'auth'`. In TypeScript, register the name: see `Register`. */
  property?: string | undefined
}

/**
 * Middleware as in Connect. Without a router that runs it, pass it to `protect` or `protectUpgrade`.
 *
 * @param next continues with the next step, or ends with an error
 */
export type Middleware = (req: NodeRequest, res: core.NodeResponse, next: (error?: unknown) => void) => void

/**
 * A listener for requests.
 *
 * @param next gets the error of a request that cannot be answered. Default: `answerError` answers it.
 */
export type Handler = (req: NodeRequest, res: core.NodeResponse, next?: (error?: unknown) => void) => void

/** The types of core's functions for plain Node. */
export type Members = core.Suite<VerifyJwtOptions<unknown>, Middleware, Handler>

export const framework: core.Framework<{ readonly property: string }, Middleware, Handler> = {
  name: 'node',
  ownOptions: { property: core.defaulting(core.text, 'auth') },
  running: (step) => core.connectMiddleware(step),
  answering: (respond) => {
    const handler = core.connectHandler(respond)
    return (req, res, next = (error) => answerError(error, req, res)) => handler(req, res, next)
  },
}

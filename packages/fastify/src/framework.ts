import { continueAfter, createSuite, defaulting, NextContinuation, oneOf, text } from '@bearerkit/core'
import type { NodeResponse, Step, Suite, VerifierOptions } from '@bearerkit/core'
import type { FastifyReply, preHandlerHookHandler, RouteHandlerMethod } from 'fastify'

const hooks = ['onRequest', 'preValidation', 'preHandler'] as const

export interface VerifyJwtOptions extends VerifierOptions<unknown> {
  /** The hook that verifies the token. A token in the body needs `preValidation` or later. Default `'onRequest'`. */
  hook?: (typeof hooks)[number] | undefined
  /**
   * The name of the request property for the auth context, and of the route config property that opts out. Default
   * `'auth'`. In TypeScript, register the name as `property`: see `Register`.
   */
  decorateAs?: string | undefined
}

type Own = Readonly<Record<'hook' | 'decorateAs', string>>

/** Core's functions as Fastify hooks and route handlers. */
export const suite: Suite<VerifyJwtOptions, Own, preHandlerHookHandler, RouteHandlerMethod> = createSuite({
  ownOptions: { hook: defaulting(oneOf(...hooks), 'onRequest'), decorateAs: defaulting(text, 'auth') },
  running: (step) => hookFor(step),
  answering: (respond) => (request, reply) => {
    const fail = (error: unknown): void => void yieldToOthers(reply).send(error)
    const continuation = new NextContinuation(new ReplyResponse(reply), fail, request)
    continueAfter(respond(request.raw, request.body), continuation, (answer) => continuation.answer(answer), fail)
    return reply
  },
})

/** @param property the property of the request that gets the auth context */
export function hookFor(step: Step, property?: string): preHandlerHookHandler {
  return (request, reply, done) => {
    const next = (error?: unknown): void => {
      yieldToOthers(reply)
      done(error as Error)
    }
    step(request.raw, new NextContinuation(new ReplyResponse(reply), next, request, property), request.body)
  }
}

/** Writes through the reply: Fastify buffers headers, and they replace those on Node's response when it sends. */
class ReplyResponse implements NodeResponse {
  statusCode = 200
  readonly #reply: FastifyReply

  constructor(reply: FastifyReply) {
    this.#reply = reply
  }

  get headersSent(): boolean {
    return yieldToOthers(this.#reply).sent
  }

  getHeader(name: string): ReturnType<FastifyReply['getHeader']> {
    return this.#reply.getHeader(name)
  }

  setHeader(name: string, value: string | string[]): void {
    this.#reply.header(name, value)
  }

  /** Sends bytes: Fastify adds a charset to the content type of a string. */
  end(body: string): void {
    this.#reply.code(this.statusCode).send(Buffer.from(body))
  }
}

/**
 * Takes the reply away from Fastify if the application already wrote to Node's response. Otherwise Fastify would send
 * too, and throw an error that nothing can catch.
 */
function yieldToOthers(reply: FastifyReply): FastifyReply {
  return reply.raw.headersSent ? reply.hijack() : reply
}

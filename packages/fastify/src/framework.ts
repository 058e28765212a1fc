import { continueAfter, createSuite, defaulting, NextContinuation, oneOf, sendAnswer, text } from '@bearerkit/core'
import type { NodeResponse, Step, Suite, VerifierOptions } from '@bearerkit/core'
import type { FastifyReply, preHandlerHookHandler, RouteHandlerMethod } from 'fastify'

const hooks = ['onRequest', 'preValidation', 'preHandler'] as const

export interface VerifyJwtOptions extends VerifierOptions<unknown> {
  /** When the token is verified. A token in the body is there from `preValidation` on. Default `'onRequest'`. */
  hook?: (typeof hooks)[number] | undefined
  /**
   * The property of the request that gets the auth context, and of a route's config that opts out. Default `'auth'`. In
   * TypeScript, register the name as `property`: see `Register`.
   */
  decorateAs?: string | undefined
}

type Own = Readonly<Record<'hook' | 'decorateAs', string>>

/** What core offers, in the idiom of Fastify. */
export const suite: Suite<VerifyJwtOptions, Own, preHandlerHookHandler, RouteHandlerMethod> = createSuite({
  ownOptions: { hook: defaulting(oneOf(...hooks), 'onRequest'), decorateAs: defaulting(text, 'auth') },
  running: (step) => hookFor(step),
  answering: (respond) => (request, reply) => {
    const fail = (error: unknown): void => void yieldToOthers(reply).send(error)
    const continuation = new NextContinuation(() => responseOf(reply), fail, request)
    continueAfter(respond(request.raw), continuation, (answer) => sendAnswer(responseOf(reply), answer), fail)
    return reply
  },
})

/** @param property of the request, which gets the auth context */
export function hookFor(step: Step, property?: string): preHandlerHookHandler {
  return (request, reply, done) => {
    const next = (error?: unknown): void => {
      yieldToOthers(reply)
      done(error as Error)
    }
    step(request.raw, new NextContinuation(() => responseOf(reply), next, request, property), request.body)
  }
}

/** Fastify keeps headers of its own until it sends, and they replace those that Node's response has. */
function responseOf(reply: FastifyReply): NodeResponse {
  const response: NodeResponse = {
    headersSent: yieldToOthers(reply).sent,
    getHeader: (name) => reply.getHeader(name),
    setHeader: (name, value) => reply.header(name, value),
    // As bytes: to a string Fastify would add a charset.
    end: (body) => reply.code(response.statusCode ?? 200).send(Buffer.from(body)),
  }
  return response
}

/**
 * If somebody wrote to Node's response, past Fastify, nothing is left for Fastify to send. It would throw where nobody
 * can catch the error.
 */
function yieldToOthers(reply: FastifyReply): FastifyReply {
  return reply.raw.headersSent ? reply.hijack() : reply
}

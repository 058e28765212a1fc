import { continueAfter, defaulting, NextContinuation, oneOf, text } from '@bearerkit/core'
import type { Framework, NodeResponse, Step, Suite, VerifierOptions } from '@bearerkit/core'
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

/** The types of core's functions as Fastify hooks and route handlers. */
export type Members = Suite<VerifyJwtOptions, preHandlerHookHandler, RouteHandlerMethod>

export const framework: Framework<Own, preHandlerHookHandler, RouteHandlerMethod> = {
  name: 'fastify',
  ownOptions: { hook: defaulting(oneOf(...hooks), 'onRequest'), decorateAs: defaulting(text, 'auth') },
  running: (step) => hookFor(step),
  answering: (respond) => (request, reply) => {
    const fail = (error: unknown): void => void yieldToOthers(reply).send(error)
    const continuation = new NextContinuation(reply, fail, request, undefined, responseOf)
    continueAfter(respond(request.raw, request.body), continuation, (answer) => continuation.answer(answer), fail)
    return reply
  },
}

/** @param property the property of the request that gets the auth context */
export function hookFor(step: Step, property?: string): preHandlerHookHandler {
  return (request, reply, done) => {
    const next = (error?: unknown): void => {
      yieldToOthers(reply)
      done(error as Error)
    }
    step(request.raw, new NextContinuation(reply, next, request, property, responseOf), request.body)
  }
}

/** Writes through the reply: Fastify buffers headers, and they replace those on Node's response when it sends. */
function responseOf(reply: FastifyReply): NodeResponse {
  const response: NodeResponse = {
    headersSent: yieldToOthers(reply).sent,
    getHeader: (name) => reply.getHeader(name),
    setHeader: (name, value) => reply.header(name, value),
    // As bytes: Fastify adds a charset to the content type of a string.
    end: (body) => reply.code(response.statusCode ?? 200).send(Buffer.from(body)),
  }
  return response
}

/**
 * Takes the reply away from Fastify if the application already wrote to Node's response. Otherwise Fastify would send
 * too, and throw an error that nothing can catch.
 */
const yieldToOthers = (reply: FastifyReply): FastifyReply => (reply.raw.headersSent ? reply.hijack() : reply)

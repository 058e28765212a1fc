import {
  continueAfter,
  defaulting,
  type Framework,
  NextContinuation,
  sendAnswer,
  type Suite,
  text,
} from '@bearerkit/core'
import type { RegisteredClaims, Step, VerifierOptions } from '@bearerkit/core'
import type { RequestHandler } from 'express'

export interface VerifyJwtOptions<Claims = RegisteredClaims> extends VerifierOptions<Claims> {
  /** The request property for the auth context. Default `'auth'`. In TypeScript, register the name: see `Register`. */
  property?: string | undefined
}

/** The types of core's functions as Express middleware and route handlers. */
export type Members = Suite<VerifyJwtOptions<unknown>, RequestHandler>

export const framework: Framework<{ readonly property: string }, RequestHandler> = {
  ownOptions: { property: defaulting(text, 'auth') },
  running: (step) => middlewareFor(step),
  answering: (respond) => (req, res, next) => {
    const continuation = new NextContinuation(res, next, req)
    continueAfter(respond(req, req.body), continuation, (answer) => sendAnswer(res, answer), next)
  },
}

/** @param property the property of the request that gets the auth context */
export function middlewareFor(step: Step, property?: string): RequestHandler {
  return (req, res, next) => step(req, new NextContinuation(res, next, req, property), req.body)
}

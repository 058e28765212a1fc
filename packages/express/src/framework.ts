import { connectHandler, connectMiddleware, defaulting, type Framework, type Suite, text } from '@bearerkit/core'
import type { RegisteredClaims, VerifierOptions } from '@bearerkit/core'
import type { RequestHandler } from 'express'

export interface VerifyJwtOptions<Claims = RegisteredClaims> extends VerifierOptions<Claims> {
  /** The request property for the auth context. Default `'auth'`. In TypeScript, register the name: see `Register`. */
  property?: string | undefined
}

/** The types of core's functions as Express middleware and route handlers. */
export type Members = Suite<VerifyJwtOptions<unknown>, RequestHandler>

export const framework: Framework<{ readonly property: string }, RequestHandler> = {
  name: 'express',
  ownOptions: { property: defaulting(text, 'auth') },
  running: (step) => connectMiddleware(step),
  answering: (respond) => connectHandler(respond),
}

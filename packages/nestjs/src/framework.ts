import * as core from '@bearerkit/core'
import type { CanActivate, ExecutionContext } from '@nestjs/common'
import { RequestRefusedException } from './request-refused-exception.ts'
import { exchangeOf, responseOf } from './exchange.ts'

export interface VerifyJwtOptions<Claims = core.RegisteredClaims> extends core.VerifierOptions<Claims> {
  /** The request property for the auth context. Default `'auth'`. */
  property?: string | undefined
}

/** Middleware for `app.use(path, handler)`, on Express and on Fastify. */
export type Handler = core.ConnectMiddleware

/** The types of core's functions as Nest guards, and as middleware. */
export type Members = core.Suite<VerifyJwtOptions<unknown>, CanActivate, Handler>

export const framework: core.Framework<{ readonly property: string }, CanActivate, Handler> = {
  name: 'nestjs',
  ownOptions: { property: core.defaulting(core.text, 'auth') },
  running: (step) => guardFor(step),
  answering: (respond) => core.connectHandler(respond),
}

/** @param property the property of the framework's request that gets the auth context */
export function guardFor(step: core.Step, property?: string): CanActivate {
  return { canActivate: (context) => outcomeOf(step, context, property) }
}

function outcomeOf(step: core.Step, context: ExecutionContext, property?: string): Promise<boolean> {
  const { request, raw, reply } = exchangeOf(context)
  return new Promise((resolve, reject) => {
    const next = (error?: unknown): void => {
      if (error === undefined) resolve(true)
      else reject(core.isRefusal(error) ? new RequestRefusedException(error) : (error as Error))
    }
    // After an answer, the promise stays pending: Nest would send an answer of its own. Nothing else refers to it.
    step(
      raw,
      new core.NextContinuation(reply, next, request, property, responseOf),
      (request as { body?: unknown }).body,
    )
  })
}

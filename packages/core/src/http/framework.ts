import type { Readers } from '../configuration/options.ts'
import type { HttpRequest, HttpResponse } from '../http-message.ts'
import type { Continuation } from './outcome/continuation.ts'

/** Describes how a framework runs middleware and route handlers. The functions of a {@link Suite} are created from it. */
export interface Framework<Own, Middleware, Handler = Middleware, HandlerOptions = unknown> {
  /** For tracing tools. */
  readonly name?: string
  /** Reads the options of `verifyJwt` that only this framework has. */
  readonly ownOptions: Readers<Own>
  /** Reads the options of the route handlers that only this framework has. Default: none. */
  readonly handlerOptions?: Readers<HandlerOptions>
  /** Creates middleware that runs the step and passes its outcome on. */
  readonly running: (step: Step) => Middleware
  /** Creates a route handler that sends the answer. */
  readonly answering: (respond: Responder, options: Readonly<HandlerOptions>) => Handler
}

/**
 * Lets a request pass or refuses it: authentication, or a guard.
 *
 * @param body the body as the framework parsed it
 */
export type Step = (request: HttpRequest, continuation: Continuation, body?: unknown) => void

/**
 * Answers a request.
 *
 * @param body the body as the framework parsed it. If it did not, the responder reads the request.
 */
export type Responder = (request: HttpRequest, body?: unknown) => HttpResponse | Promise<HttpResponse>

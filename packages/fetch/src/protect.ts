import { isRefusal, type RequestAuth } from '@bearerkit/core'
import type { Middleware } from './framework.ts'
import { responseOf, withHeaders } from './http-response.ts'

/** Answers a request that was refused, or in which a step or the handler failed. It may throw the error again. */
export type ErrorHandler<T = Request> = (error: unknown, request: T) => Response | Promise<Response>

/**
 * Creates a handler that runs the steps, and then the given handler if all of them let the request pass. Hosts may pass more
 * arguments after the request, and the handler gets them.
 *
 * ```ts
 * import { protect, requireScopes, verifyJwt } from '@bearerkit/fetch'
 *
 * const authenticate = verifyJwt({ issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 * export default {
 *   fetch: protect([authenticate, requireScopes('reports:read')], (request) => Response.json(request.auth.claims)),
 * }
 * ```
 *
 * @param steps `verifyJwt(options)`, guards, `parseForm`. They run in their order.
 * @param onError gets the error of a refused request, an error of a step, or one that the handler throws. The response to a
 *   refused request always has its challenge. Default: {@link answerError}
 */
export function protect<T extends Request = Request, Rest extends unknown[] = []>(
  steps: Middleware | readonly Middleware[],
  handler: (request: T & RequestAuth, ...rest: Rest) => Response | Promise<Response>,
  onError: ErrorHandler<T> = answerError,
): (request: T, ...rest: Rest) => Promise<Response> {
  const all = [steps].flat()
  return async (request, ...rest) => {
    try {
      return await runInTurn(all, request, async () => handler(request as T & RequestAuth, ...rest))
    } catch (error) {
      const response = await onError(error, request)
      return isRefusal(error) ? withHeaders(response, error.headers) : response
    }
  }
}

/**
 * Answers a request that was refused, as JSON with `error` and `error_description`.
 *
 * @throws any other error, unchanged: the host reports it
 */
export function answerError(error: unknown): Response {
  if (isRefusal(error)) return responseOf(error.toResponse())
  throw error
}

function runInTurn(
  steps: readonly Middleware[],
  request: Request,
  last: () => Promise<Response>,
  index = 0,
): Promise<Response> {
  const step = steps[index]
  return step === undefined ? last() : step(request, () => runInTurn(steps, request, last, index + 1))
}

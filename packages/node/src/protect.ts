import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { RequestAuth } from '@bearerkit/core'
import { answerError } from './answer-error.ts'
import type { Middleware, NodeRequest } from './framework.ts'
import { runInTurn } from './run-in-turn.ts'

/** A listener for requests that passed. It may return a promise. */
export type ProtectedListener<Request, Response> = (req: Request & RequestAuth, res: Response) => unknown

/** Answers a request that was refused, or in which a step or the listener failed. */
export type ErrorListener<Request = NodeRequest, Response = ServerResponse | Http2ServerResponse> = (
  error: unknown,
  req: Request,
  res: Response,
) => void

/**
 * Creates a listener for `createServer` that runs the steps, and then the given listener if all of them let the request
 * pass.
 *
 * ```ts
 * import { createServer } from 'node:http'
 * import { protect, requireScopes, verifyJwt } from '@bearerkit/node'
 *
 * const authenticate = verifyJwt({ issuer: 'https://issuer.example.com', audience: 'https://api.example.com' })
 * const server = createServer(
 *   protect([authenticate, requireScopes('reports:read')], (req, res) => res.end(req.auth.claims.sub)),
 * )
 * ```
 *
 * @param steps `verifyJwt(options)`, guards, body parsers. They run in their order.
 * @param onError gets the error of a refused request, an error of a step, or one that the listener throws or rejects
 *   with. Default: {@link answerError}
 */
export function protect<
  Request extends NodeRequest = IncomingMessage,
  Response extends ServerResponse | Http2ServerResponse = ServerResponse,
>(
  steps: Middleware | readonly Middleware[],
  listener: ProtectedListener<Request, Response>,
  onError: ErrorListener<Request, Response> = answerError,
): (req: Request, res: Response) => void {
  const all = [steps].flat()
  return (req, res) => {
    const fail = (error: unknown): void => onError(error, req, res)
    runInTurn(all, req, res, (refusal) => {
      if (refusal !== undefined) return fail(refusal)
      settling(() => listener(req as Request & RequestAuth, res), fail)
    })
  }
}

/** Calls a listener. An error that it throws, and a promise that rejects, do not end the process. */
export function settling(listener: () => unknown, fail: (error: unknown) => void): void {
  try {
    Promise.resolve(listener()).catch(fail)
  } catch (error) {
    fail(error)
  }
}

import type { NodeResponse } from '@bearerkit/core'
import type { Middleware, NodeRequest } from './framework.ts'

/**
 * Runs the steps one after the other. Synchronous as long as the steps are.
 *
 * @param next gets the first error, or nothing if every step let the request pass
 */
export function runInTurn(
  steps: readonly Middleware[],
  req: NodeRequest,
  res: NodeResponse,
  next: (error?: unknown) => void,
  index = 0,
): void {
  const step = steps[index]
  if (step === undefined) return next()
  // `next(null)` is no error in Connect and Express, and middleware of their kind calls it.
  step(req, res, (error) =>
    error === undefined || error === null ? runInTurn(steps, req, res, next, index + 1) : next(error),
  )
}
